package import ArgumentParser
import Findings
import Platform
import RuleEngine

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
