import Foundation
import TestSupport
import Testing

@testable import CLI
@testable import CheckModel
@testable import Checks
@testable import Findings
@testable import Platform
@testable import Practice

/// `docs/reference/{cluster,workload}-checks.md` are made from the lists of checks; `KE_RECORD=1` writes them anew, and
/// fails.
@Suite struct CheckReferenceTests {
    static func reference() -> String {
        var lines = [
            "# Checks of the cluster", "",
            "Made from the program's own list; a test keeps it so. `ke-aggregator checks explain ID` prints the same, with",
            "`--lang zh` in Chinese. What agents look at on nodes is in [checks.md](checks.md).", "",
            "Reads: what the check cannot do without, and (in brackets) what it takes where it is there. Severity: the worst by",
            "default; `checks:` in `--config` sets another.", "",
        ]
        for table in ReportTable.allCases {
            lines += ["## \(table.rawValue.prefix(1).uppercased() + table.rawValue.dropFirst())", ""]
            for description in CheckList.descriptions where description.table == table {
                lines += [
                    "### \(description.id)", "", "\(cell(description.title.en)) · \(cell(description.title.zh))", "",
                ]
                lines += [
                    "- Severity: \(description.severity.rawValue)", "- Fires when: \(cell(description.when.en))",
                    "- Why: \(cell(description.why.en))", "- What to do: \(cell(description.entry.remedySample(.en)))",
                    "- Reads: \(CheckText.reads(description))",
                ]
                lines += description.commands.map { "- Command: `\($0.sample)`" }
                for threshold in description.limits {
                    lines.append(
                        "- Threshold `\(threshold.name)`: \(threshold.value.formatted(.number.grouping(.never))) (\(threshold.meaning.en))"
                    )
                }
                lines.append("")
            }
        }
        return lines.joined(separator: "\n")
    }

    static func workloads() -> String {
        var lines = [
            "# Best-practice checks", "",
            "Checks of Kubernetes workloads and related objects. Generated from [rules/workloads](../../rules/workloads); a test",
            "compares them. `ke-aggregator checks explain ID` prints the same, with YAML to paste; `--lang zh` prints Chinese.",
            "Custom checks: [custom-checks.md](../custom-checks.md).", "",
            "Either name works wherever a check is named. The level is printed with `--config` or `--profile strict`; otherwise",
            "Warning.", "",
            "| id = alias | level | looks at | fires when | message |", "|---|---|---|---|---|",
        ]
        for check in BuiltInChecks.checks {
            let name = check.id == check.alias ? "`\(check.id)`" : "`\(check.id)` = `\(check.alias)`"
            let cells = [
                name + (check.isOptIn ? " (only when named, or strict)" : ""), check.level.rawValue, check.target.name,
                check.trigger.en, check.failureMessage,
            ]
            lines.append("| \(cells.map { cell($0).replacing("|", with: "\\|") }.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func cell(_ text: String) -> String { text.replacing("*", with: "\\*").replacing("<", with: "&lt;") }

    @Test(arguments: ["cluster-checks.md", "workload-checks.md"]) func isUpToDate(_ name: String) throws {
        let file = Repository.root.appending(path: "docs/reference/\(name)")
        let made = name == "cluster-checks.md" ? Self.reference() : Self.workloads()
        if ProcessInfo.processInfo.environment["KE_RECORD"] == "1" {
            try made.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded anew")
        }
        let kept = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        #expect(kept == made, "docs/reference/\(name) is not what the list says; KE_RECORD=1 writes it")
    }

    /// Whatever is built in is in the file that builds it in.
    @Test func everyRuleFileIsBuiltIn() throws {
        let folder = Repository.root.appending(path: "rules/workloads")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(BuiltInChecks.files.map(\.name).sorted() == names)
        for (name, text) in BuiltInChecks.files {
            #expect(try Data(contentsOf: folder.appending(path: name)) == Data(text), "\(name) is built in as it was")
        }
    }
}
