import Synchronization
import Testing

@testable import Host
@testable import LogSources

/// A kernel, a journald that goes and comes back, and the two readers, one step at a time in any order.
@Suite struct KernelHandoverTests {
    /// What the world is made of. Records are named by their time.
    private struct World {
        let journald = JournaldState()
        var kernel: [UInt64] = []
        var journal: [UInt64] = []
        var isUp = true
        var given: [UInt64: Int] = [:]
        /// How far each reader is.
        var journalRead = 0
        var kmsgRead = 0
        var committed: KmsgSource.Position?
        let stored = Newest()

        mutating func log() {
            kernel.append((kernel.last ?? 10) + 1)
            if isUp { write() }
        }

        /// journald goes on where it stopped.
        mutating func write() {
            journal = kernel
            stored.set(journal.last ?? 0)
        }

        mutating func readJournal(_ handover: KernelHandover) {
            guard journalRead < journal.count else { return }
            let time = journal[journalRead]
            journalRead += 1
            if !handover.isNeeded || handover.takesFromJournal(time) { given[time, default: 0] += 1 }
        }

        mutating func readKmsg(_ handover: KernelHandover) {
            guard handover.begin() else {
                kmsgRead = 0
                return
            }
            guard kmsgRead < kernel.count else { return }
            let time = kernel[kmsgRead]
            switch handover.answer(kmsg: time) {
            case .give:
                // As a reader goes on behind its last position.
                if time > committed?.microseconds ?? 0 {
                    given[time, default: 0] += 1
                    committed = .init(
                        boot: "b", sequence: time, microseconds: time, from: handover.from(of: time))
                }
                kmsgRead += 1
            case .skip: kmsgRead += 1
            case .end: kmsgRead = 0
            }
        }
    }

    private final class Newest: Sendable {
        private let value = Mutex<UInt64>(0)
        func set(_ time: UInt64) { value.withLock { $0 = time } }
        var time: UInt64 { value.withLock { $0 } }
    }

    /// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators").
    private struct SeededGenerator: RandomNumberGenerator {
        var seed: UInt64
        mutating func next() -> UInt64 {
            seed &+= 0x9E37_79B9_7F4A_7C15
            var value = (seed ^ (seed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    private func handover(_ world: World) -> KernelHandover {
        let handover = KernelHandover(bootID: "b", journald: world.journald) { [stored = world.stored] in stored.time }
        handover.prime(world.committed)
        return handover
    }

    @Test(arguments: 1...40) func everyRecordOfTheKernelGoesOnOnce(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var world = World()
        var handover = handover(world)
        for _ in 0..<600 {
            switch Int.random(in: 0..<12, using: &random) {
            case 0...3: world.log()
            case 4...5: world.readJournal(handover)
            case 6...7: world.readKmsg(handover)
            case 8: world.isUp = false
            case 9: world.journald.set(world.isUp ? nil : "is not running")
            case 10:
                world.isUp = true
                world.write()
            default:
                // The agent starts again; both readers have committed what they gave, and kmsg is read from its start.
                if Int.random(in: 0..<10, using: &random) == 0, world.journalRead == world.journal.count {
                    world.kmsgRead = 0
                    handover = self.handover(world)
                }
            }
        }
        world.isUp = true
        world.write()
        world.journald.set(nil)
        for _ in 0..<2000 {
            world.readKmsg(handover)
            world.readJournal(handover)
        }
        #expect(world.kernel.allSatisfy { world.given[$0] == 1 }, "seed \(seed)")
    }

    @Test func positionsHoldTheRange() throws {
        let position = KmsgSource.Position(boot: "b", sequence: 7, microseconds: 9, from: 3)
        #expect(position.text == "b:7:9:3")
        #expect(KmsgSource.Position("b:7:9:3") == position)
        #expect(KmsgSource.Position("b:7:9")?.from == nil)
        #expect(KmsgSource.Position("b:7:9:x") == nil)
    }

    /// A store that was lost is filled again from the journal, which has all of it by then.
    @Test func withoutACommittedPositionTheJournalGivesAll() {
        let journald = JournaldState()
        let handover = KernelHandover(bootID: "b", journald: journald) { 5 }
        handover.prime(.init(boot: "b", sequence: 1, microseconds: 9, from: 5))
        #expect(!handover.takesFromJournal(7))
        handover.prime(nil)
        #expect(handover.takesFromJournal(7))
    }
}
