import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Practice
@testable import YAML

/// Manifests per check, read in place: `failure` finds something, `success` applies and finds nothing.
@Suite struct WorkloadConformanceTests {
    @Test func casesHold() throws {
        guard let folder = Conformance.folder?.appending(path: "polaris") else { return }
        let data = try Data(contentsOf: folder.appending(path: "cases.json"))
        let cases = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: String]])
        #expect(cases.count > 150)
        for entry in cases {
            let check = try #require(entry["check"]), file = try #require(entry["file"])
            let custom = folder.appending(path: "\(check)/check.yaml")
            var settings = EvaluationSettings()
            if let text = try? Data(contentsOf: custom) {
                var rules = try PracticeCheckReader.single([UInt8](text), id: check, file: "check.yaml")
                #expect(rules.problems.isEmpty, "\(rules.problems)")
                rules.levels = [.init(id: check, severity: .warning, mark: Mark(line: 1, column: 1))]
                settings.workloads = PracticeCheckSet(files: [rules])
            }
            let id = try #require(settings.workloads.check(named: check)?.id, "\(check) is not known")
            settings.only = [id]
            let result = try ManifestAudit(settings: settings, now: Timestamp(seconds: 1_700_000_000)).run {
                reader throws(SystemError) in
                try reader.read(path: folder.appending(path: file).path)
            }
            #expect(result.problems.isEmpty)
            let failures = result.practice.state.rows.flatMap(\.failures)
            let count = result.practice.outcomes[id] ?? OutcomeCount()
            #expect(result.practice.gaps.isEmpty, "\(file): \(result.practice.gaps)")
            if entry["expect"] == "failure" {
                #expect(!failures.isEmpty, "\(file): nothing was found")
            } else {
                #expect(failures.isEmpty, "\(file): \(failures)")
                #expect(count.healthy > 0, "\(file): the check did not apply")
            }
        }
    }

    @Test func builtInChecksHoldNoMistake() {
        #expect(BuiltInChecks.rules.flatMap(\.problems) == [])
        #expect(BuiltInChecks.checks.count == 46)
        #expect(Set(BuiltInChecks.checks.map(\.id)).count == 46)
    }
}
