import ArgumentParser
import TestSupport
import Testing

@testable import CLI
@testable import CheckModel
@testable import Evaluation
@testable import Platform
@testable import Practice
@testable import Report

/// Options that several commands share.
@Suite struct CommandOptionsTests {
    @Test(arguments: [("4h", 14_400.0), ("7d", 604_800), ("1.5d", 129_600), ("90s", 90)])
    func silencesLastForDurationsAndDays(_ text: String, _ seconds: Double) throws {
        #expect(try SilenceCommand.seconds(text) == seconds)
    }

    @Test(arguments: ["0s", "-1h", "0d", "d", "tomorrow", "", "7"]) func otherSpansAreRefused(_ text: String) {
        #expect(throws: CommandFailure.self) { try SilenceCommand.seconds(text) }
    }

    @Test func waitTakesABareZero() throws {
        #expect(try RolloutOptions.seconds("0", "--wait") == 0)
        #expect(try RolloutOptions.seconds("2m", "--wait") == 120)
        #expect(throws: CommandFailure.self) { try RolloutOptions.seconds("2", "--wait") }
    }

    @Test func labelsAreKeysWithValues() throws {
        #expect(try NodeMatchOptions.labels(["a=b", "c=d=e"]) == ["a": "b", "c": "d=e"])
        #expect(throws: CommandFailure.self) { try NodeMatchOptions.labels(["pool"]) }
        var entry = OverrideSet.Entry()
        let options = try NodeMatchOptions.parse(["--node", "a*", "--node", "b", "--node-selector", "pool=x"])
        try options.apply(to: &entry)
        #expect(entry.nodes == ["a*", "b"])
        #expect(entry.nodeSelector == ["pool": "x"])
    }

    @Test func checksAreNamedByIdOrAliasAndGuessed() throws {
        let set = try CheckOptions.parse([]).settings().workloads
        #expect(try CheckOptions.parse(["--only", "NodeDisk, PodPending"]).onlyIDs(set) == ["NodeDisk", "PodPending"])
        let error = #expect(throws: CommandFailure.self) {
            _ = try CheckOptions.parse(["--skip", "NodeDsk"]).skipIDs(set)
        }
        #expect(error?.message.contains("Did you mean 'NodeDisk'?") == true)
    }

    @Test func onlyTwoProfilesAndLanguagesAreValid() throws {
        #expect(throws: CommandFailure.self) { try CheckOptions.parse(["--profile", "lax"]).settings() }
        #expect(throws: CommandFailure.self) { try CheckOptions.parse(["--lang", "fr"]).language }
        #expect(try CheckOptions.parse(["--lang", "zh"]).language == .zh)
        #expect(try CheckOptions.parse(["--strict"]).areOwn)
        #expect(try !CheckOptions.parse(["--only", "NodeDisk"]).areOwn)
    }

    @Test func aTimelineCountsInTheSingular() {
        let timeline = Timeline(
            object: "node/n1", state: "Ready", causes: ["a"], pods: 1, lost: ["deployment/web"], common: ["pool=x"],
            began: nil, changes: [], entries: [], gaps: ["events"])
        let text = TimelineText.render(timeline)
        #expect(text.contains("RADIUS  1 pod, 1 workload with no replica left: deployment/web"))
        #expect(text.contains("COMMON  all pool=x"))
        #expect(text.contains("NOT READ\n  events"))
    }
}
