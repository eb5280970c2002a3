import ArgumentParser
import Shared

/// `ke-agent rules`: look at rules before they run.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Check, test and list rule files.",
        subcommands: [CheckCommand.self, TestCommand.self, ListCommand.self])

    struct CheckCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Say every mistake with file, line and column, and run the samples.")

        @Argument(help: "Rule files or folders.")
        var paths: [String]

        func run() throws {
            let (texts, unread) = RuleFolders.texts(paths)
            let set = RuleSet(texts: texts)
            let problems =
                unread + RuleFolders.hosts(paths).problems + set.problems + set.files.flatMap(RuleSamples.check)
            for problem in problems { print(TextSafety.printable(problem.description)) }
            for file in set.files { if let reason = file.notALogMonitor { print("\(file.name): \(reason)") } }
            let errors = problems.count { $0.level == .error }
            print(
                "\(set.rules.count) rules in \(set.files.count) files, \(errors) errors, \(problems.count - errors) warnings"
            )
            if errors > 0 { throw ExitCode(1) }
        }
    }

    struct ListCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List rules with their check and severity.")

        @Argument(help: "Rule files or folders.")
        var paths: [String] = AgentConfiguration().rules

        func run() throws {
            let (texts, unread) = RuleFolders.texts(paths)
            for problem in unread { throw CommandFailure(message: problem.description) }
            let rules = RuleSet(texts: texts).rules
            let widths = (rules.map(\.id.count).max() ?? 0, rules.map(\.check.count).max() ?? 0)
            for rule in rules {
                let id = rule.id + String(repeating: " ", count: widths.0 - rule.id.count)
                let check = rule.check + String(repeating: " ", count: widths.1 - rule.check.count)
                print("\(id)  \(check)  \(rule.severity.rawValue)  \(rule.selector.title)")
            }
        }
    }
}
