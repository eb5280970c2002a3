import Foundation
import Glibc
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Wire

extension EndToEndSerialTests {
    /// Random faults while a log is written, rotated and followed: every known line is counted once, or its loss is a
    /// `LogGap`; and no program ends by itself.
    ///
    /// By hand: `KE_FAULT_ROUNDS` says how many rounds, `KE_FAULT_SEED` repeats a run, `KE_FAULT_ONLY` says which
    /// faults, comma-separated, `KE_FAULT_CHECK` after how many rounds counts are compared (20).
    @Suite(.serialized, .enabled(if: FaultWorld.isAsked)) struct FaultRounds {
        private static let environment = ProcessInfo.processInfo.environment
        private static let rounds = environment["KE_FAULT_ROUNDS"].flatMap { Int($0) } ?? 200
        private static let seed = environment["KE_FAULT_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
        /// No round begins later.
        private static let secondsMax = 420.0
        private static let roundsPerCheck = environment["KE_FAULT_CHECK"].flatMap { Int($0) } ?? 20
        private static let settleSeconds = 90.0

        @Test func countsEveryLineOnceOrSaysWhatIsLost() async throws {
            print("fault rounds: seed \(Self.seed), \(Self.rounds) rounds")
            let names = Self.environment["KE_FAULT_ONLY"]?.split(separator: ",").map(String.init)
            let faults = FaultWorld.Fault.allCases.filter { names?.contains($0.rawValue) ?? true }
            let world = try FaultWorld(seed: Self.seed, faults: faults)
            defer { world.end() }
            try await world.start()
            let log = world.log
            let writer = Task { try await log.write(linesPerSecond: 400) }
            defer { writer.cancel() }
            let begun = ContinuousClock.now
            var done = 0
            for round in 1...Self.rounds {
                let seconds = (ContinuousClock.now - begun) / .seconds(1)
                if seconds > Self.secondsMax {
                    print("fault rounds: \(done) rounds in \(Int(seconds)) s; the rest is left out")
                    break
                }
                try await world.fault(round)
                done = round
                try #require(world.dead.isEmpty, "seed \(Self.seed), \(world.last): \(world.dead) \(world.logs)")
                if round % Self.roundsPerCheck == 0 || round == Self.rounds { try await check(world, round) }
            }
            try await check(world, done)
            let summary = world.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                .joined(separator: ", ")
            let lines = world.log.truth.known.values.reduce(0, +)
            print(
                "fault rounds: \(done) done, \(lines) known lines and \(world.log.truth.pairs) pairs exact; \(summary)")
            #expect(done >= min(Self.rounds, 50), "too slow to say anything")
        }

        private func check(_ world: FaultWorld, _ round: Int) async throws {
            world.log.pause(true)
            defer { world.log.pause(false) }
            let isExact = await eventually(seconds: Self.settleSeconds) { await world.isExplained() }
            let found = await world.found()
            let place = "seed \(Self.seed), round \(round) after \(world.history.suffix(Self.roundsPerCheck))"
            try #require(
                isExact,
                "\(place): want \(world.log.truth.summary) and lost at most \(world.lost.summary), got \(found?.truth.summary ?? "nothing") and \(counted(found?.gaps ?? 0, "gap"))"
            )
            world.takeAsGiven(found)
        }
    }
}
