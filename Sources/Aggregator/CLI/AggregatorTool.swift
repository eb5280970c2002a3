package import ArgumentParser
import Platform

/// `ke-aggregator`, also under the short name `ke`: stores what agents find and reports it.
package struct AggregatorTool: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: program,
        abstract: "Find what is wrong in a cluster: store what agents find, join it with the API, report it.",
        version: Version.text,
        subcommands: [
            ServeCommand.self, ReportCommand.self, WhyCommand.self, ChecksCommand.self, SilenceCommand.self,
            AcknowledgeCommand.self, RulesCommand.self, InstallCommand.self, UninstallCommand.self, ImagesCommand.self,
            DrillCommand.self, CompletionCommand.self, ManCommand.self, VersionCommand.self,
        ])

    package init() {}
}
