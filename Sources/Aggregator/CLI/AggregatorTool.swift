public import ArgumentParser
import Shared

/// `ke-aggregator`, also under the short name `ke`: keeps what agents find and reports it.
public struct AggregatorTool: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "ke-aggregator",
        abstract: "Finds what is wrong in a cluster: keeps what agents find, merges it and reports it.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, ReportCommand.self, WhyCommand.self, ChecksCommand.self, SilenceCommand.self,
            AcknowledgeCommand.self, RulesCommand.self, InstallCommand.self, UninstallCommand.self, ImagesCommand.self,
            DrillCommand.self,
        ])

    public init() {}
}
