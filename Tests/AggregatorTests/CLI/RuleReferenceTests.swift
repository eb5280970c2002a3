import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Checks
@testable import Documents
@testable import Export
@testable import Findings
@testable import Platform
@testable import Practice
@testable import RuleEngine

/// `docs/reference/rules.md`, `docs/FAQ.md` and `docs/FAQ.zh.md` are made from the rule packs and the list of checks;
/// `KE_RECORD=1` writes them anew, and fails.
@Suite struct RuleReferenceTests {
    static func rules() -> String {
        var lines = [
            "# Rules for logs", "",
            "Made from the packs in [rules/](../../rules), which are built into both programs; a test keeps it so.",
            "`ke-agent rules show ID` prints a rule whole. How to write your own: [rules.md](../rules.md).", "",
        ]
        for file in BuiltInRules.files {
            lines += ["## \(file.name.dropFirst(BuiltInRules.folder.count).replacing(".yaml", with: ""))", ""]
            for rule in file.rules {
                lines += ["### \(rule.id)", "", "\(cell(rule.why.en)) · \(cell(rule.why.zh))", ""]
                lines.append(
                    "- Check `\(rule.check)`, reason `\(rule.reason)`, \(rule.severity.rawValue), \(rule.selector.title)"
                )
                if !rule.also.isEmpty {
                    lines.append("- Counts as \(rule.also.map { "`\($0)`" }.joined(separator: ", ")) too")
                }
                if !rule.tests.isEmpty {
                    lines.append("- Only where \(rule.tests.map { "`\($0.source)`" }.joined(separator: " and "))")
                }
                if let threshold = rule.threshold {
                    let worse = threshold.severity.map { ": \($0.rawValue) from then on" } ?? ""
                    lines.append("- From \(threshold.count) within \(GoDuration.text(threshold.withinSeconds))\(worse)")
                }
                if let seconds = rule.afterBootSeconds {
                    lines.append("- Not within \(GoDuration.text(seconds)) after a boot")
                }
                if let condition = rule.condition { lines.append("- Condition \(end(condition))") }
                lines.append("- Covers: \(rule.variants.map(cell).joined(separator: "; "))")
                lines +=
                    ["- What to do: \(cell(rule.remedy.en))", "", "```"] + rule.matchSamples.prefix(3) + ["```", ""]
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func end(_ condition: LogRule.Condition) -> String {
        let how =
            condition.clears.map { "a line that matches `\($0)`" }
            ?? condition.clearsAfterSeconds.map { "\(GoDuration.text($0)) without another line" }
            ?? condition.probe.map { "the `\($0)` sampler finding nothing" } ?? "a reboot"
        return "`\(condition.type)`, until \(how)"
    }

    /// One question per reason of a rule and per check of the cluster: what does it mean, what do I do.
    static func questions(chinese: Bool) -> String {
        func pick(_ en: String, _ zh: String) -> String { chinese && !zh.isEmpty ? zh : en }
        var lines =
            chinese
            ? [
                "# 常见问题", "", "由规则和检查项的处理建议生成。English: [FAQ.md](FAQ.md)。报告里的每一行都有检查项名称，在此页搜索即可。", "",
                "## 节点日志中的问题", "",
            ]
            : [
                "# Questions and answers", "",
                "Made from the remedies of rules and checks. 中文：[FAQ.zh.md](FAQ.zh.md). Every row of a report names its check:",
                "look for it here.", "", "## What nodes' logs tell", "",
            ]
        for rule in BuiltInRules.files.flatMap(\.rules) {
            lines += [
                chinese ? "### \(rule.reason)（\(rule.id)）" : "### \(rule.reason) (\(rule.id))", "",
                pick(rule.why.en, rule.why.zh) + " " + pick(rule.remedy.en, rule.remedy.zh), "",
            ].map(cell)
            lines += Self.block(rule.commands + (Catalogue.builtIn[rule.check]?.commands ?? []))
        }
        lines += [chinese ? "## 集群检查" : "## What the cluster's API tells", ""]
        for description in CheckList.descriptions {
            lines += [
                "### \(description.id)", "",
                pick(description.why.en, description.why.zh) + " "
                    + description.entry.remedySample(chinese ? .zh : .en), "",
            ].map(cell)
            lines += Self.block(description.commands)
        }
        return lines.joined(separator: "\n")
    }

    /// What to type first.
    private static func block(_ commands: [CommandTemplate]) -> [String] {
        commands.isEmpty ? [] : ["```sh"] + commands.prefix(3).map(\.sample) + ["```", ""]
    }

    private static func cell(_ text: String) -> String { text.replacing("*", with: "\\*").replacing("<", with: "&lt;") }

    @Test(arguments: ["reference/rules.md", "FAQ.md", "FAQ.zh.md"]) func isUpToDate(_ name: String) throws {
        let file = Repository.root.appending(path: "docs/\(name)")
        let made = name == "reference/rules.md" ? Self.rules() : Self.questions(chinese: name == "FAQ.zh.md")
        if ProcessInfo.processInfo.environment["KE_RECORD"] == "1" {
            try made.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded anew")
        }
        let kept = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        #expect(kept == made, "docs/\(name) is not what the packs say; KE_RECORD=1 writes it")
    }

    /// What the tutorials show can be pasted.
    @Test(arguments: ["README.md", "docs/rules.md", "deploy/README.md"]) func examplesLoad(_ name: String) throws {
        let text = try String(contentsOf: Repository.root.appending(path: name), encoding: .utf8)
        let blocks = text.components(separatedBy: "```yaml\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        var loaded = 0
        for block in blocks {
            let bytes = Array(block.utf8)
            if block.contains("kind: LogRules") {
                let files = RuleSet.read([(name, bytes)])
                #expect(files.flatMap(\.problems).filter { $0.level == .error }.isEmpty, "\(files.flatMap(\.problems))")
                #expect(!files.flatMap(\.rules).isEmpty)
                loaded += 1
            } else if block.hasPrefix("overrides:") {
                #expect(try !OverrideSet(bytes, file: name).entries.isEmpty)
                loaded += 1
            } else if block.hasPrefix("exporters:") {
                #expect(try !ExporterConfiguration.read(bytes, file: name).sinks.isEmpty)
                loaded += 1
            }
        }
        #expect(loaded > 0, "\(name) shows nothing that could be tried")
    }
}
