package import ArgumentParser
import Commands
import Findings
import Platform
package import RuleEngine

/// `rules list`: the rules that run.
package struct RulesListCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List rules with their check, severity and log: yours first, then the built-in ones.")

    @Argument(help: "Your rule files or folders.")
    package var paths: [String] = []

    @Option(name: .shortAndLong, help: "\(ListText.formats.joined(separator: ", ")).")
    package var output = "table"

    package init() {}

    package func run() throws {
        let (texts, unread) = RuleFolders.texts(paths)
        for problem in unread { throw CommandFailure(message: problem.description) }
        print(try Self.text(RuleSet(users: RuleSet.read(texts)).rules, format: output))
    }

    /// - Throws: for a format that is none.
    package static func text(_ rules: [LogRule], format: String) throws -> String {
        let rows = rules.map { rule -> [(String, ListText.Value)] in
            [
                ("id", .text(rule.id)), ("check", .text(rule.check)), ("severity", .text(rule.severity.rawValue)),
                ("origin", .text(rule.origin)), ("log", .text(rule.selector.title)),
            ]
        }
        return try ListText.text(rows, format: format) ?? table(rules)
    }

    /// Aligned columns: id, check, severity, file, log.
    package static func table(_ rules: [LogRule]) -> String {
        let rows =
            [["ID", "CHECK", "SEVERITY", "FILE", "LOG"]]
            + rules.map { rule in
                [
                    rule.id, rule.check, rule.severity.title, String(rule.origin.prefix { $0 != ":" }),
                    rule.selector.title,
                ]
            }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.prefix(4).enumerated().map { $1 + String(repeating: " ", count: widths[$0] - $1.count) }
                .joined(separator: "  ") + "  " + row[4]
        }.joined(separator: "\n")
    }
}
