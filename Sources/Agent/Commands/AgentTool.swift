import AgentRuntime
package import ArgumentParser
import Host
import Platform

/// `ke-agent`: finds problems on this node and reports them to the aggregator.
package struct AgentTool: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: Names.agent,
        abstract: "Find problems on this node: in its kernel, journal, gauges, kubelet and container runtime.",
        version: Version.text,
        subcommands: [
            RunCommand.self, OnceCommand.self, HealthCommand.self, RulesCommand.self, DrillCommand.self,
            CompletionCommand.self, VersionCommand.self,
        ])

    package init() {}

    /// Before anything else: other processes are out of this program's reach from now on.
    package static func isolate() { ProcessIsolation.enterProgram() }
}
