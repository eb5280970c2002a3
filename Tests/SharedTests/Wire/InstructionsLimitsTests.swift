import Testing

@testable import Findings
@testable import Platform
@testable import Wire

/// What an agent takes of an aggregator, at its limits.
@Suite struct InstructionsLimitsTests {
    private static let trial = Instructions.Trial(id: "t", sinceSeconds: 60, cpuShare: 0.1, files: [])

    private static func trial(_ change: (inout Instructions.Trial) -> Void) -> Instructions {
        var trial = trial
        change(&trial)
        return Instructions(trial: trial)
    }

    private static func adjusted(_ change: (inout Instructions.Adjustment) -> Void) -> Instructions {
        var adjustment = Instructions.Adjustment(rules: ["r"])
        change(&adjustment)
        return Instructions(adjustments: [adjustment])
    }

    @Test func whatIsWithinTheLimitsIsObeyed() {
        let good = Instructions(
            adjustments: [
                .init(rules: ["a*"], thresholdCount: 3, thresholdWithinSeconds: 600, clearsAfterSeconds: 3600)
            ],
            files: [.init(name: "a.yaml", text: "x")], trial: Self.trial, thresholds: ["diskPercent": 90])
        #expect(good.problem == nil)
    }

    @Test(
        arguments: [
            trial { $0.sinceSeconds = 1e300 }, trial { $0.sinceSeconds = -1 }, trial { $0.sinceSeconds = .nan },
            trial { $0.cpuShare = .infinity }, trial { $0.id = String(repeating: "x", count: 1000) },
            trial { $0.files = Array(repeating: .init(name: "a", text: ""), count: Instructions.filesMax + 1) },
            trial { $0.files = [.init(name: "a", text: String(repeating: "x", count: (2 << 20) + 1))] },
            adjusted { $0.thresholdCount = .max }, adjusted { $0.thresholdCount = -1 },
            adjusted { $0.thresholdWithinSeconds = 1e308 }, adjusted { $0.clearsAfterSeconds = -1e308 },
            adjusted { $0.rules = Array(repeating: "r", count: Instructions.adjustedRulesMax + 1) },
            Instructions(thresholds: ["a": 1e308]), Instructions(thresholds: ["a": -1e308]),
            Instructions(thresholds: ["a": .infinity]),
        ]) func whatIsBeyondALimitIsNotObeyed(_ bad: Instructions)
    {
        #expect(bad.problem != nil)
    }

    private static func answer(_ change: (inout Acknowledgement) -> Void) -> Acknowledgement {
        var answer = Acknowledgement(storeID: "s", positions: ["journal": .init(committed: "p", resume: nil)])
        change(&answer)
        return answer
    }

    @Test func anAnswerWithinTheLimitsIsTaken() { #expect(Self.answer { _ in }.problem == nil) }

    @Test(
        arguments: [
            answer { $0.storeID = "" }, answer { $0.storeID = String(repeating: "x", count: 1000) },
            answer { $0.positions["journal"]?.committed = String(repeating: "x", count: 5000) },
            answer { $0.positions[String(repeating: "x", count: 1 << 20)] = .init(committed: nil, resume: nil) },
            answer { answer in
                for number in 0...Acknowledgement.positionsMax {
                    answer.positions["\(number)"] = .init(committed: nil, resume: nil)
                }
            },
            answer { answer in
                var state = BatchLimitsTests.batch().states[0]
                state.since = Timestamp(microseconds: .min)
                answer.states = [state]
            },
        ]) func anAnswerBeyondALimitIsNotTaken(_ bad: Acknowledgement)
    {
        #expect(bad.problem != nil)
    }
}
