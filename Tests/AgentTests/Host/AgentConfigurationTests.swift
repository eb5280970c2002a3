import Foundation
import Platform
import TestSupport
import Testing

@testable import Documents
@testable import Findings
@testable import Gauges
@testable import Host

@Suite struct AgentConfigurationTests {
    private func read(_ text: String) throws -> AgentConfiguration {
        try AgentConfiguration.read(Array(text.utf8), name: "agent.yaml")
    }

    @Test func readsEveryFieldAndThreshold() throws {
        let thresholds = AgentLimits.defaults.keys.map { "  \($0): 7\n" }.joined()
        let made = try read(
            "node: n1\naggregator: http://127.0.0.1:1\nstateDir: /s\nrules: [/r]\nhostRoot: /h\nkernelLog: kmsg\njournalDir: /j\n"
                + "podLogs: off\ndisabled: [cpu]\nthresholds:\n" + thresholds)
        #expect(made.node == "n1")
        #expect(made.kernelLog == .kmsg)
        #expect(made.podLogs == .off)
        #expect(made.disabled == ["cpu"])
        #expect(AgentLimits.defaults.keys.allSatisfy { made.thresholds[$0] == 7 })
        #expect(try read("") == AgentConfiguration())
    }

    @Test(arguments: [
        ("thresholds: { diskPercnt: 85 }", "agent.yaml:1:15", "did you mean `diskPercent`?"),
        ("kernellog: kmsg", "agent.yaml:1:1", "did you mean `kernelLog`?"),
        ("kernelLog: dmesg", "agent.yaml:1:12", "auto, journal, kmsg"),
        ("thresholds: { cpuPercent: high }", "agent.yaml:1:27", "a number above zero"),
        ("rules: /r", "agent.yaml:1:8", "a list of texts"),
        ("[1]", "agent.yaml:1:1", "a mapping is expected"), ("a: [", "agent.yaml:", "expected"),
    ])
    func namesTheMistakeAndItsPlace(_ text: String, _ place: String, _ words: String) {
        let problem = #expect(throws: DocumentProblem.self) { try read(text) }
        #expect(problem?.description.hasPrefix(place) == true, "\(problem?.description ?? "-")")
        #expect(problem?.description.contains(words) == true, "\(problem?.description ?? "-")")
    }

    @Test func clearingAndSamplesAreSet() {
        var level = Hysteresis()
        let fired = [91, 91, 89.5, 88.9].map { level.update($0, over: 90, needed: 2, clearBelow: 1) }
        #expect(fired == [false, true, true, false])
    }

    @Test(arguments: [
        ("https://ke-aggregator.ke-system.svc:7470", "KE_AGGREGATOR_SERVICE_HOST"),
        ("https://a.b.svc.cluster.local", "A_SERVICE_HOST"), ("http://127.0.0.1:7470", nil),
        ("https://ke.example.com:7470", nil), ("ke-aggregator.ke-system.svc", nil),
    ])
    func namesTheVariableOfTheService(_ url: String, _ variable: String?) {
        var configuration = AgentConfiguration()
        configuration.aggregator = url
        #expect(configuration.aggregatorVariable == variable)
    }
}
