import AgentRuntime
package import ArgumentParser
import Platform

/// `ke-agent`: finds what is wrong on this node and tells the aggregator.
package struct AgentTool: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "ke-agent",
        abstract: "Finds what is wrong on this node: its kernel, its journal, its gauges, its kubelet and runtime.",
        version: Version.text,
        subcommands: [RunCommand.self, OnceCommand.self, HealthCommand.self, RulesCommand.self, DrillCommand.self])

    package init() {}
}
