package import ArgumentParser
import Findings
import Platform
import RuleEngine

/// `rules new --from-line '…'`: a rule to begin with.
package struct RulesNewCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Propose a rule for a log line: variable parts are generalised, the sample is filled in.",
        discussion:
            "Paste the line as journalctl, dmesg or the log file shows it; its prefix shows which log it comes from.")

    @Option(help: "The line.")
    package var fromLine: String

    @Option(help: "The rule's id (default: derived from the line).")
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
