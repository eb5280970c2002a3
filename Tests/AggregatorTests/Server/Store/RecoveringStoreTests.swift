import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Store
@testable import Wire

/// A damaged store is moved aside, told and refilled; one that errs without being damaged stays.
@Suite struct RecoveringStoreTests {
    private let folder: TemporaryFolder
    private let clock = ManualClock(Make.start)
    private var path: String { folder.path + "/findings.sqlite" }

    init() throws { folder = try TemporaryFolder() }

    private final class Losses: Sendable {
        let all = Mutex<[String]>([])
        var count: Int { all.withLock { $0.count } }
    }

    private func open(_ losses: Losses = Losses()) throws -> RecoveringStore {
        try RecoveringStore(path: path, makeID: { UUID().uuidString }, clock: clock) { reason in
            losses.all.withLock { $0.append(reason) }
        }
    }

    private func filled() async throws -> String {
        let store = try open()
        for number in 0..<20 {
            let many = (0..<50).map { Make.occurrence(Make.detection(subject: "\(number)-\($0)")) }
            _ = try await store.apply(
                Make.batch(
                    sequence: Int64(number + 1), from: number == 0 ? nil : "p\(number - 1)", to: "p\(number)", many),
                at: Make.start)
        }
        await store.close()
        return store.storeID
    }

    private func damage(_ change: (inout [UInt8]) -> Void) throws {
        // All of it in one file.
        let database = try DatabaseQueue(path: path)
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        try database.close()
        for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        change(&bytes)
        try Data(bytes).write(to: URL(filePath: path))
    }

    /// Small writes may go on while batches are refused: the log of SQLite has room of its own.
    @Test(.enabled(if: Machine.isRoot)) func aFullDiskIsAProblemThatEnds() async throws {
        let mount = folder.path + "/small"
        try #require(
            try Child.run(["/bin/sh", "-c", "mkdir \(mount); mount -t tmpfs -o size=8m tmpfs \(mount)"]).status == 0)
        defer { _ = try? Child.run(["/bin/umount", "-l", mount]) }
        let store = try SQLiteStore(path: mount + "/findings.sqlite", newID: "s", now: Make.start)
        #expect(await store.problem() == nil)
        // Ends with an error, because it is full then.
        _ = try Child.run(["/bin/sh", "-c", "cat /dev/zero > \(mount)/filler"])
        #expect(await store.problem()?.code == .full)
        try FileManager.default.removeItem(atPath: mount + "/filler")
        #expect(await store.problem() == nil)
        await store.close()
    }

    @Test func aSoundStoreIsOpenedAsItWas() async throws {
        let id = try await filled()
        let losses = Losses()
        let store = try open(losses)
        #expect(store.storeID == id)
        #expect(await store.problem() == nil)
        #expect(losses.count == 0)
        #expect(try await store.snapshot(since: Make.start - 1, now: Make.start).findings.count == 1000)
    }

    @Test func whatIsNoDatabaseIsMovedAsideAndTold() async throws {
        let id = try await filled()
        try damage { $0 = Array("this is no database at all, whatever it was".utf8) }
        let losses = Losses()
        let store = try open(losses)
        #expect(store.storeID != id)
        #expect(losses.count == 1)
        #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
        #expect(await store.problem() == nil)
        let found = try await store.snapshot(since: Make.start - 1, now: Make.start)
        #expect(found.loss?.time == Make.start)
        #expect(found.loss?.reason.isEmpty == false)
        // A restart still knows it, and after a day it is said no more.
        await store.close()
        let again = try open()
        #expect(again.storeID == store.storeID)
        #expect(try await again.snapshot(since: Make.start - 1, now: Make.start).loss != nil)
        #expect(try await again.snapshot(since: Make.start, now: Make.start + 86_401).loss == nil)
    }

    /// Whatever is wrong with the file: it serves again, with all that it had or as a new store.
    @Test(arguments: 0..<24) func itServesAgainAfterAnyDamage(_ seed: Int) async throws {
        let id = try await filled()
        var random = SplitMix(state: UInt64(seed))
        try damage { bytes in
            switch seed % 4 {
            case 0: bytes.removeLast(bytes.count / 2 + Int(random.next() % UInt64(bytes.count / 4)))
            case 1:
                for _ in 0..<200 { bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(random.next() % 256) }
            case 2:
                let page = 4096 * Int(random.next() % UInt64(bytes.count / 4096))
                for place in page..<page + 4096 { bytes[place] = 0 }
            default: for place in 0..<100 { bytes[place] = UInt8(random.next() % 256) }
            }
        }
        let losses = Losses()
        let store = try open(losses)
        // Requests come and go; each error may be checked once in a while.
        var isServing = false
        for round in 0..<5 where !isServing {
            clock.advance(by: RecoveringStore.checkSeconds + 1)
            let now = Make.start + Double(round)
            isServing = await serves(store, round, now)
        }
        #expect(isServing)
        if store.storeID != id { #expect(losses.count == 1) }
    }

    private func serves(_ store: RecoveringStore, _ round: Int, _ now: Timestamp) async -> Bool {
        do throws(StoreError) {
            let positions = try await store.hello(node: "n1").positions["journal"]
            _ = try await store.apply(
                Make.batch(
                    sequence: Int64(100 + round), from: positions?.committed, to: "q\(round)", [Make.occurrence()]),
                at: now)
            _ = try await store.snapshot(since: Make.start - 1, now: now)
            try await store.retain(RetentionLimits(), at: now)
            return await store.problem() == nil
        } catch {
            return false
        }
    }

    @Test func aTableThatIsGoneIsFoundByTheProbe() async throws {
        _ = try await filled()
        let database = try DatabaseQueue(path: path)
        try await database.write { try $0.execute(sql: "DROP TABLE observation") }
        try database.close()
        let losses = Losses()
        let store = try open(losses)
        #expect(await store.problem()?.code == .corrupt)
        #expect(losses.count == 1)
        #expect(await store.problem() == nil)
    }

    /// A request that is wrong by itself is no damage.
    @Test func aStoreThatIsSoundStays() async throws {
        let id = try await filled()
        let losses = Losses()
        let store = try open(losses)
        let plain = try SQLiteStore(path: path, newID: "x", now: Make.start)
        #expect(await plain.damage() == nil)
        await plain.close()
        #expect(store.storeID == id)
        #expect(losses.count == 0)
    }

    /// SQLite writes no page for an equal value: each probe writes another one.
    @Test func aProbeWritesSomethingNewEachTime() async throws {
        let store = try SQLiteStore(path: path, newID: "s", now: Make.start)
        #expect(await store.problem() == nil)
        let first = try probe()
        #expect(await store.problem() == nil)
        #expect(try probe() != first)
        await store.close()
    }

    private func probe() throws -> String? {
        try DatabaseQueue(path: path).read {
            try String.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'probe'")
        }
    }
}

/// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014: the same numbers for a seed.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
