import Foundation
import Shared
import TestSupport
import Testing

@testable import Aggregator

/// `docs/reference/cluster-checks.md` is made from the list of checks; `KE_RECORD=1` writes it anew, and fails.
@Suite struct CheckReferenceTests {
    private static let file = Repository.root.appending(path: "docs/reference/cluster-checks.md")

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
                    "- Severity: \(description.severity.rawValue)", "- Fires when: \(cell(description.trigger.en))",
                    "- Why: \(cell(description.why.en))", "- What to do: \(cell(description.remedy.en))",
                    "- Reads: \(CheckText.reads(description))",
                ]
                for threshold in description.thresholds {
                    lines.append(
                        "- Threshold `\(threshold.name)`: \(threshold.value.formatted(.number.grouping(.never))) (\(threshold.meaning.en))"
                    )
                }
                lines.append("")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func cell(_ text: String) -> String { text.replacing("*", with: "\\*").replacing("<", with: "&lt;") }

    @Test func isUpToDate() throws {
        let made = Self.reference()
        if ProcessInfo.processInfo.environment["KE_RECORD"] == "1" {
            try made.write(to: Self.file, atomically: true, encoding: .utf8)
            Issue.record("recorded anew")
        }
        let kept = (try? String(contentsOf: Self.file, encoding: .utf8)) ?? ""
        #expect(kept == made, "docs/reference/cluster-checks.md is not what the list says; KE_RECORD=1 writes it")
    }
}
