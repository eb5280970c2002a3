import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import RuleEngine

/// `log` cases of the conformance data: lines through a rule file give the events, conditions and counters that
/// node-problem-detector's own code gave.
@Suite(.enabled(if: Conformance.isPresent))
struct NPDConformanceTests {
    struct Event: Equatable {
        var line: Int
        var firstLine: Int
        var reason: String
        var message: String
    }

    @Test func logCasesGiveTheSameEventsConditionsAndCounters() throws {
        let cases = try Conformance.cases(kind: "log")
        #expect(cases.count >= 100)
        var missing: Set<String> = []
        for test in cases {
            if let path = test["config_file"] as? String, (try? Conformance.bytes("npd/" + path)) == nil {
                missing.insert(path)
            } else {
                try check(test)
            }
        }
        if !missing.isEmpty { print("skipped: cases of files that the data does not hold: \(missing.sorted())") }
    }

    private func check(_ test: [String: Any]) throws {
        let name = test["name"] as? String ?? "?"
        let file = try ruleFile(test)
        #expect(file.errors.isEmpty, "\(name): \(file.errors)")
        let lines = test["lines"] as? [String] ?? []
        var events: [Event] = []
        var conditions: [String: [String]] = [:]
        for condition in file.monitors.flatMap(\.conditions) {
            conditions[condition.type] = ["False", condition.reason, condition.message]
        }
        let group = try RuleGroup(selector: .kmsg, rules: file.rules)
        let matcher = LineMatcher(group)
        var pipeline = RulePipeline(group: group, node: "n", source: "t", bootID: "b", pods: NoPods())
        var counters: [String: Int] = [:]
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.utf8)
            var matches: [LineMatch] = []
            matcher.scan(bytes.span, time: Timestamp(microseconds: Int64(index)), position: { "\(index)" }) {
                matches.append($0)
            }
            for match in matches {
                for output in pipeline.process(match, position: "\(index)") {
                    switch output {
                    case .occurrence(let found):
                        events.append(
                            Event(
                                line: index, firstLine: index - match.recordsBack, reason: found.detection.reason,
                                message: found.detection.message))
                        counters[found.detection.reason, default: 0] += 1
                    case .conditionSet(let state):
                        conditions[state.condition] = ["True", state.detection.reason, state.detection.message]
                    case .conditionCleared: Issue.record("\(name): nothing clears in these files")
                    }
                }
            }
        }
        let expected = (test["expect_after_pr_1338"] ?? test["expect"]) as? [[String: Any]] ?? []
        let wanted = expected.compactMap { item -> Event? in
            guard let event = item["event"] as? [String: Any] else { return nil }
            return Event(
                line: item["line_index"] as? Int ?? -1, firstLine: item["first_line_index"] as? Int ?? -1,
                reason: event["reason"] as? String ?? "", message: event["message"] as? String ?? "")
        }
        #expect(events == wanted, "\(name)")
        for condition in test["final_conditions"] as? [[String: Any]] ?? [] {
            let type = condition["type"] as? String ?? ""
            let want = ["status", "reason", "message"].map { condition[$0] as? String ?? "" }
            #expect(conditions[type] == want, "\(name): condition \(type)")
        }
        if test["expect_after_pr_1338"] == nil, file.monitors.first?.metricsReporting == true {
            let want = (test["problem_counter"] as? [String: Int] ?? [:]).filter { $0.value > 0 }
            #expect(counters == want, "\(name): counters")
        }
    }

    private func ruleFile(_ test: [String: Any]) throws -> RuleFile {
        if let path = test["config_file"] as? String {
            return RuleFile.read(try Conformance.bytes("npd/" + path), name: path)
        }
        var config = test["config"] as? [String: Any] ?? ["plugin": "kmsg", "source": "t"]
        if let rule = test["rule"] { config["rules"] = [rule] }
        if let size = test["buffer_size"] { config["bufferSize"] = size }
        return RuleFile.read([UInt8](try JSONSerialization.data(withJSONObject: config)), name: "c.json")
    }

    @Test func configurationsLoadOrAreRefusedAsTheOriginalDoes() throws {
        let cases = try Conformance.cases(kind: "config_load")
        #expect(cases.count >= 20)
        // A file that is not there yet is waited for, so these load here.
        let waits = ["logPath missing file", "logPath missing dir"]
        for test in cases {
            let name = test["name"] as? String ?? "?"
            let text = test["config_text"] as? String ?? ""
            // Foundation's JSON reader drops the byte-order mark that this case is about.
            let mark: [UInt8] = name.contains("BOM") ? [0xEF, 0xBB, 0xBF] : []
            let file = RuleFile.read(mark + Array(text.utf8), name: "c.json")
            let starts = (test["expect"] as? [String: Any])?["starts"] as? Bool ?? false
            let wanted = starts || waits.contains { name.contains($0) }
            #expect(file.errors.isEmpty == wanted, "\(name): \(file.problems)")
            if !wanted {
                #expect(file.rules.isEmpty, "\(name)")
                #expect(!file.errors.isEmpty, "\(name)")
            }
        }
    }

    @Test func shippedLogMonitorsLoadAndTheOthersAreNamed() throws {
        let folder = try #require(Conformance.folder).appending(path: "npd/config")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "json" }
        #expect(files.count > 20)
        var monitors = 0
        for url in files {
            let file = RuleFile.read([UInt8](try Data(contentsOf: url)), name: url.lastPathComponent)
            let isOther = ["stats", "exporter", "known-modules"].contains { url.lastPathComponent.contains($0) }
            let isPlugin = [
                "custom-plugin", "health-checker", "network-problem", "iptables", "-counter", "defender",
            ].contains { url.lastPathComponent.contains($0) }
            #expect(file.errors.isEmpty, "\(url.lastPathComponent): \(file.problems)")
            #expect((file.notALogMonitor != nil) == isOther, "\(url.lastPathComponent): \(file.notALogMonitor ?? "-")")
            #expect((file.plugin != nil) == isPlugin, "\(url.lastPathComponent)")
            monitors += file.monitors.count
        }
        #expect(monitors >= 9)
    }
}
