import Foundation
import Glibc
import TestSupport

@testable import Findings
@testable import Wire

/// An agent and an aggregator with everything around them that can go wrong.
final class FaultWorld {
    static let isAsked: Bool = {
        let isAsked = ProcessInfo.processInfo.environment["KE_FAULT_ROUNDS"] != nil && Machine.isRoot
        if !isAsked { print("skipped: no KE_FAULT_ROUNDS, or not root: random faults are not tried") }
        return isAsked
    }()

    enum Fault: String, CaseIterable {
        case killAgent, killAggregator, killBoth, terminateBoth, stopAgent, stopAggregator
        case network, networkAndKill
        case fullStore, fullStoreAndKill, readOnlyState
        case damagedStore, damagedCheckpoint
        case rotate, rotateWhileDown, rotateWhileStopped, openWindowOverRotation, truncateUnread
        case clock, twins, burst
    }

    let rig: Rig
    let log: FaultLog
    private(set) var history: [String] = []
    private(set) var counts: [String: Int] = [:]
    /// What may be missing, if a gap says so.
    private(set) var lost = FaultLog.Truth()
    private let proxy: FaultyProxy
    private let stateMount: String
    private let storeMount: String
    private let clockFile: String
    private let clockShim: String?
    private let faults: [Fault]
    private var random: SeededGenerator
    /// Lines were taken away for good: a store that is lost afterwards cannot be filled with them.
    private var hasTruncated = false
    private var twins = 0

    /// SplitMix64 (Steele, Lea, Flood 2014).
    private struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }

    init(seed: UInt64, faults: [Fault]) throws {
        self.faults = faults
        random = SeededGenerator(state: seed)
        rig = try Rig(agentArguments: [])
        proxy = try FaultyProxy(to: rig.ingestPort)
        rig.agentTarget = proxy.port
        log = try FaultLog(rig.folder.path + "/app.log")
        rig.agentArguments = [
            "--rules",
            try rig.folder.write(FaultLog.rules.replacingOccurrences(of: "LOG", with: log.path), to: "rules.yaml"),
        ]
        stateMount = rig.folder.path + "/agent"
        storeMount = rig.folder.path + "/aggregator"
        for mount in [stateMount, storeMount] {
            try Self.shell("mkdir \(mount) && mount -t tmpfs -o size=\(mount == storeMount ? 48 : 8)m tmpfs \(mount)")
        }
        clockFile = try rig.folder.write("", to: "clock")
        try Self.setClock(clockFile, 0)
        clockShim = try Self.makeClockShim(in: rig.folder)
        if let clockShim {
            rig.agentEnvironment = ["LD_PRELOAD": clockShim, "KE_CLOCK_FILE": clockFile]
        } else {
            print("skipped: no C compiler: the agent's clock stays right")
        }
    }

    func start() async throws {
        try await rig.start()
        try log.burst(50)
        _ = await eventually(seconds: 30) { await self.found()?.truth.known.isEmpty == false }
    }

    func end() {
        proxy.end()
        rig.agent?.end(SIGKILL)
        rig.aggregator?.end(SIGKILL)
        for mount in [stateMount, storeMount] { _ = try? Child.run(["/bin/umount", "-l", mount]) }
    }

    var last: String { history.last ?? "" }
    var logs: String { rig.logs }

    // MARK: What is found

    func found() async -> (truth: FaultLog.Truth, gaps: Int)? {
        guard let findings = try? await rig.snapshot()?.findings else { return nil }
        var truth = FaultLog.Truth()
        var gaps = 0
        for finding in findings {
            switch finding.detection.rule {
            case "known": truth.known[finding.detection.subject, default: 0] += finding.count
            case "joined": truth.pairs += finding.count
            default: if finding.detection.check == "LogGap" { gaps += finding.count }
            }
        }
        return (truth, gaps)
    }

    /// Everything is there once, or what is missing was taken away and is said.
    func isExplained() async -> Bool {
        guard let (got, gaps) = await found() else { return false }
        let want = log.truth
        if got == want { return true }
        guard gaps > 0, got.pairs <= want.pairs, got.pairs >= want.pairs - lost.pairs else { return false }
        return want.known.allSatisfy { kind, count in
            let found = got.known[kind] ?? 0
            return found <= count && found >= count - (lost.known[kind] ?? 0)
        }
    }

    /// What was explained once is compared with from now on.
    func takeAsGiven(_ found: (truth: FaultLog.Truth, gaps: Int)?) {
        guard let found else { return }
        log.correct(to: found.truth)
        lost = FaultLog.Truth()
    }

    /// Programs that ended by themselves.
    var dead: [String] {
        var dead: [String] = []
        if rig.agent?.isRunning == false { dead.append("agent") }
        if rig.aggregator?.isRunning == false { dead.append("aggregator") }
        return dead
    }

    // MARK: Faults

    func fault(_ round: Int) async throws {
        let fault = faults.randomElement(using: &random) ?? .killAgent
        counts[fault.rawValue, default: 0] += 1
        history.append("\(round) \(fault.rawValue)")
        switch fault {
        case .killAgent, .killAggregator, .killBoth, .terminateBoth: try restart(fault)
        case .stopAgent: try await hold(rig.agent)
        case .stopAggregator: try await hold(rig.aggregator)
        case .network, .networkAndKill: try await spoilNetwork(kills: fault == .networkAndKill)
        case .fullStore, .fullStoreAndKill: try await fillStore(kills: fault == .fullStoreAndKill)
        case .readOnlyState: try await makeStateReadOnly()
        case .damagedStore: try damageStore()
        case .damagedCheckpoint: try damageCheckpoint()
        case .rotate: try rotate()
        case .rotateWhileDown:
            rig.agent?.end(SIGKILL)
            try rotate()
            try log.burst(100)
            try rotate()
            try rig.startAgent()
        case .rotateWhileStopped:
            try await hold(rig.agent) {
                try rotate()
                try log.burst(100)
                try rotate()
            }
        case .openWindowOverRotation: try await restartWithOpenWindow()
        case .truncateUnread: try await truncateUnread()
        case .clock: try await moveClock()
        case .twins: try await runTwin()
        case .burst: try log.burst(2000)
        }
        try await pass(0.2...0.8)
    }

    private func pass(_ seconds: ClosedRange<Double>) async throws {
        var pace = Pace(every: .seconds(Double.random(in: seconds, using: &random)))
        try await pace.next()
    }

    private func say(_ what: String) { history[history.count - 1] += " " + what }

    private func restart(_ fault: Fault) throws {
        let signal = fault == .terminateBoth ? SIGTERM : SIGKILL
        if fault != .killAggregator { rig.agent?.end(signal) }
        if fault != .killAgent { rig.aggregator?.end(signal) }
        if fault != .killAgent { try rig.startAggregator() }
        if fault != .killAggregator { try rig.startAgent() }
    }

    private func hold(_ child: Child?, between: () throws -> Void = {}) async throws {
        guard let child else { return }
        kill(child.pid, SIGSTOP)
        try between()
        try await pass(0.3...1.2)
        kill(child.pid, SIGCONT)
    }

    private func rotate() throws {
        let rotation = FaultLog.Rotation.allCases.randomElement(using: &random) ?? .rename
        say("\(rotation)")
        try log.rotate(rotation)
    }

    private func spoilNetwork(kills: Bool) async throws {
        let mode = FaultyProxy.Mode.allCases.randomElement(using: &random) ?? .pass
        say("\(mode)")
        proxy.set(mode)
        try await pass(0.5...1.2)
        if kills { try restart(Bool.random(using: &random) ? .killAgent : .killAggregator) }
        try await pass(0.2...0.8)
        proxy.set(.pass)
    }

    private func fillStore(kills: Bool) async throws {
        let filler = storeMount + "/filler"
        // Ends with an error, because it is full then.
        _ = try Child.run(["/bin/sh", "-c", "cat /dev/zero > \(filler)"])
        try await pass(0.5...1.2)
        if kills { try restart(.killAggregator) }
        try await pass(0.2...0.8)
        try FileManager.default.removeItem(atPath: filler)
        // One that found no room to open its store has said so and ended.
        if kills, rig.aggregator?.isRunning == false { try rig.startAggregator() }
    }

    private func makeStateReadOnly() async throws {
        try Self.shell("mount -o remount,ro \(stateMount)")
        try restart(.killAgent)
        try await pass(0.5...1)
        try Self.shell("mount -o remount,rw \(stateMount)")
    }

    private func damageStore() throws {
        rig.aggregator?.end(SIGKILL)
        // What was taken away for good could not be read again.
        if !hasTruncated {
            let path = storeMount + "/findings.sqlite"
            let isCut = Bool.random(using: &random)
            say(isCut ? "cut" : "header")
            let handle = try FileHandle(forUpdating: URL(filePath: path))
            if isCut {
                try handle.truncate(atOffset: try handle.seekToEnd() / 3)
            } else {
                try handle.write(contentsOf: Data(repeating: 0xFF, count: 64))
            }
            try handle.close()
            try? FileManager.default.removeItem(atPath: path + "-wal")
            try? FileManager.default.removeItem(atPath: path + "-shm")
        }
        try rig.startAggregator()
    }

    private func damageCheckpoint() throws {
        rig.agent?.end(SIGKILL)
        let url = URL(filePath: stateMount + "/checkpoint.json")
        if var bytes = try? Data(contentsOf: url), !bytes.isEmpty {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 0x10
            case 1: bytes = bytes.prefix(Int.random(in: 0..<bytes.count, using: &random))
            case 2: bytes = Data((0..<500).map { _ in UInt8.random(in: .min ... .max, using: &random) })
            default: bytes = Data()
            }
            try bytes.write(to: url)
        }
        try rig.startAgent()
    }

    private func restartWithOpenWindow() async throws {
        try log.openWindow()
        try await pass(0.4...0.8)
        try rotate()
        try await pass(0.4...0.8)
        rig.agent?.end(Bool.random(using: &random) ? SIGTERM : SIGKILL)
        try rig.startAgent()
    }

    private func truncateUnread() async throws {
        log.pause(true)
        defer { log.pause(false) }
        guard await eventually(seconds: 30, { await self.isExplained() }) else { return say("not settled") }
        takeAsGiven(await found())
        hasTruncated = true
        try await hold(rig.agent) { lost = try log.truncateUnread() }
    }

    private func moveClock() async throws {
        // A pair whose halves lie on both sides of a step is none.
        log.pause(true)
        try await pass(0.6...0.8)
        let offset = [-86_400, -3600, 7200, 730 * 86_400].randomElement(using: &random) ?? 0
        say("\(offset)")
        try Self.setClock(clockFile, Int64(offset))
        log.pause(false)
        try await pass(0.4...0.8)
        if Bool.random(using: &random) { try restart(.killAgent) }
        try await pass(0.4...0.8)
        log.pause(true)
        try await pass(0.6...0.8)
        try Self.setClock(clockFile, 0)
        log.pause(false)
    }

    private func runTwin() async throws {
        twins += 1
        let twin = try rig.anAgent(state: "twin-\(twins)")
        try await pass(0.8...1.5)
        twin.end(SIGKILL)
    }

    // MARK: Parts

    private static func shell(_ command: String) throws {
        let (status, output) = try Child.run(["/bin/sh", "-c", command])
        if status != 0 { throw CocoaError(.featureUnsupported, userInfo: [NSDebugDescriptionErrorKey: output]) }
    }

    private static func setClock(_ file: String, _ seconds: Int64) throws {
        let handle = try FileHandle(forUpdating: URL(filePath: file))
        try handle.write(contentsOf: withUnsafeBytes(of: seconds) { Data($0) })
        try handle.close()
    }

    /// A library that moves the wall clock of the program that loads it by the seconds in a file.
    /// - Returns: nil without a compiler.
    private static func makeClockShim(in folder: TemporaryFolder) throws -> String? {
        guard let compiler = ["/usr/bin/cc", "/usr/bin/clang"].first(where: Machine.has) else { return nil }
        let source = try folder.write(
            """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <fcntl.h>
            #include <stdint.h>
            #include <stdlib.h>
            #include <time.h>
            #include <unistd.h>
            int clock_gettime(clockid_t id, struct timespec *time) {
                static int (*real)(clockid_t, struct timespec *);
                static int file = -2;
                if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
                int result = real(id, time);
                if (result != 0 || id != CLOCK_REALTIME) return result;
                const char *path = getenv("KE_CLOCK_FILE");
                if (file == -2) file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
                int64_t offset = 0;
                if (file >= 0 && pread(file, &offset, sizeof offset, 0) == sizeof offset) time->tv_sec += offset;
                return result;
            }
            """, to: "clock.c")
        let library = folder.path + "/clock.so"
        try shell("\(compiler) -shared -fPIC -O1 -o \(library) \(source) -ldl")
        return library
    }
}
