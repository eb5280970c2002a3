import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import RuleEngine
@testable import Wire

/// Lines of public reports, as people pasted them: each under the reason that explains it, and nothing from machines
/// on which nothing is wrong. Read in place.
@Suite struct ReportedLinesTests {
    struct Reported: Decodable {
        var line: String
        var expect: String
        var met: String
    }

    private static let set = RuleSet(users: [])

    private static func found(_ line: String) throws -> [Found] {
        let trial = RuleTrial(set, seconds: { 0 })
        var text = try TextTrial(trial, from: nil, now: Timestamp(seconds: 1_800_000_000))
        text.feed(Array(line.utf8))
        text.finish()
        return trial.results.map { tally in
            let rule = set.rules.first { $0.id == tally.rule }
            return Found(
                id: tally.rule, check: rule?.check ?? "", reason: rule?.reason ?? "", findings: tally.findings)
        }
    }

    private struct Found {
        var id: String
        var check: String
        var reason: String
        var findings: Int
    }

    @Test(.enabled(if: Conformance.isPresent)) func everyReportedLineIsFoundUnderItsReason() throws {
        let reports = try JSONDecoder().decode(
            [Reported].self, from: Data(try Conformance.bytes("node-failures/reports.json")))
        #expect(reports.count > 90)
        for report in reports {
            // Names of rules, a subsystem, or `Check / Reason (where)`.
            let wanted = report.expect.split(separator: "|").map(String.init)
            let isFound = try Self.found(report.line).contains { found in
                wanted.contains { name in
                    found.id == name || found.id.hasPrefix(name + "-")
                        || name.hasPrefix("\(found.check) / \(found.reason)")
                }
            }
            #expect(isFound, "\(report.met): \(report.line)")
        }
    }

    @Test(.enabled(if: Conformance.isPresent)) func noHealthyLineGivesAFinding() throws {
        let lines = try Conformance.bytes("node-failures/healthy.log").split(separator: 0x0A)
        #expect(lines.count > 150)
        for line in lines.map({ String(decoding: $0, as: UTF8.self) }) {
            let found = try Self.found(line).filter { $0.findings > 0 }
            #expect(found.map(\.id) == [], "\(line)")
        }
        // The whole log at once, as a file.
        let trial = RuleTrial(Self.set, seconds: { 0 })
        var text = try TextTrial(trial, from: nil, now: Timestamp(seconds: 1_800_000_000))
        for line in lines { text.feed(Array(line)) }
        text.finish()
        #expect(trial.results.filter { $0.findings > 0 }.map(\.rule) == [])
    }
}
