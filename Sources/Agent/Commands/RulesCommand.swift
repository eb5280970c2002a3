import AgentRuntime
import ArgumentParser
import RuleCommands

/// `ke-agent rules`: look at rules before they run.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Check, test, list, show, propose and convert rules.",
        subcommands: [
            RulesCheckCommand.self, TestCommand.self, RulesListCommand.self, RulesShowCommand.self,
            RulesNewCommand.self, RulesConvertCommand.self,
        ])
}
