package import ArgumentParser
import Findings
package import Platform
package import RuleEngine

/// The files that a rules command looks at, beside the built-in packs.
package struct RulePathOptions: ParsableArguments {
    @Argument(help: "Rule files or folders: ke/v1 YAML, or node-problem-detector's JSON.")
    package var paths: [String] = []

    @Flag(help: "Skip the built-in packs.")
    package var noBuiltIn = false

    package init() {}

    /// - Returns: the files, read, and a problem for each that could not be.
    package func read() -> (files: [RuleFile], unread: [DocumentProblem]) {
        let (texts, unread) = RuleFolders.texts(paths)
        return (RuleSet.read(texts), unread + RuleFolders.hosts(paths).problems)
    }

    package var builtIn: [RuleFile] { noBuiltIn ? [] : BuiltInRules.files }
}

/// `rules check`: everything that is wrong with rule files, before they run.
package struct RulesCheckCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "List every mistake with file, line and column; run the samples, the healthy logs and the other rules."
    )

    @OptionGroup package var options: RulePathOptions

    package init() {}

    package func run() throws {
        if options.paths.isEmpty { throw CommandFailure(message: "Name the rule files or folders to check.") }
        let (files, unread) = options.read()
        let problems = unread + RuleChecker(files, others: options.builtIn).problems()
        for problem in problems { print(TextSafety.printable(problem.description)) }
        for file in files { if let reason = file.notALogMonitor { print("\(file.name): \(reason)") } }
        let errors = problems.count { $0.level == .error }
        let count = files.reduce(0) { $0 + $1.rules.count }
        print(
            "\(counted(count, "rule")) in \(counted(files.count, "file")), \(counted(errors, "error")), \(counted(problems.count - errors, "warning"))"
        )
        if errors > 0 { throw ExitCode(1) }
    }
}

/// `rules list`: the rules that run.
package struct RulesListCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List rules with their check, severity and log: yours first, then the built-in ones.")

    @Argument(help: "Your rule files or folders.")
    package var paths: [String] = []

    package init() {}

    package func run() throws {
        let (texts, unread) = RuleFolders.texts(paths)
        for problem in unread { throw CommandFailure(message: problem.description) }
        print(Self.table(RuleSet(users: RuleSet.read(texts)).rules))
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

/// `rules show ID`: one rule, whole.
package struct RulesShowCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print one rule as YAML, with its origin.")

    @Argument(help: "The rule's id.")
    package var id: String

    @Argument(help: "Your rule files or folders.")
    package var paths: [String] = []

    package init() {}

    package func run() throws {
        let (texts, _) = RuleFolders.texts(paths)
        print(try Self.text(id, in: RuleSet(users: RuleSet.read(texts))), terminator: "")
    }

    /// - Throws: `CommandFailure` with the nearest id.
    package static func text(_ id: String, in set: RuleSet) throws -> String {
        guard let rule = set.rules.first(where: { $0.id == id }) else {
            let near = Suggestion.nearest(to: id, among: set.rules.map(\.id)).map { " Did you mean '\($0)'?" } ?? ""
            throw CommandFailure(message: "There is no rule '\(id)'.\(near) `rules list` names them all.")
        }
        return RuleWriter.file([rule], comment: [rule.origin])
    }
}

/// `rules new --from-line '…'`: a rule to begin with.
package struct RulesNewCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Propose a rule for a log line: variable parts are generalised, the sample is filled in.",
        discussion:
            "Paste the line as journalctl, dmesg or the log file shows it; its prefix tells which log it comes from.")

    @Option(help: "The line.")
    package var fromLine: String

    @Option(help: "The rule's id (default: made from words of the line).")
    package var id: String?

    package init() {}

    package func run() throws {
        let draft: RuleDraft
        do throws(RuleDraft.Problem) { draft = try RuleDraft(line: fromLine, id: id) } catch {
            throw CommandFailure(message: error.description)
        }
        print(
            RuleWriter.file(
                [draft.rule],
                comment: draft.notes + [
                    "Fill in why and remedy, then: rules check FILE; rules test FILE --journal --since 24h"
                ]),
            terminator: "")
    }
}

/// `rules convert`: node-problem-detector's JSON as `ke/v1`.
package struct RulesConvertCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Convert node-problem-detector's log monitors to ke/v1 rules.")

    @Argument(help: "node-problem-detector's JSON files.")
    package var paths: [String]

    package init() {}

    package func run() throws {
        let (texts, unread) = RuleFolders.texts(paths)
        for problem in unread { throw CommandFailure(message: problem.description) }
        for file in RuleSet.read(texts) {
            for problem in file.errors { throw CommandFailure(message: problem.description) }
            if let reason = file.notALogMonitor {
                throw CommandFailure(
                    message: "\(file.name): \(reason); it runs unchanged, so there is nothing to convert.")
            }
            let (rules, notes) = RuleConverter.convert(file)
            print(RuleWriter.file(rules, comment: ["From \(file.name)."] + notes), terminator: "")
        }
    }
}
