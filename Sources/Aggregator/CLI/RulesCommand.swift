import ArgumentParser
import Foundation
import Platform
import RuleCommands

/// `ke-aggregator rules`: inspects rules, and rolls them out to every node.
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Check, test, propose, convert and ship the rules that agents run.",
        subcommands: [
            RulesCheckCommand.self, RulesTestCommand.self, RulesClusterListCommand.self, RulesClusterShowCommand.self,
            RulesNewCommand.self, RulesConvertCommand.self, RulesEditCommand.self, RulesPushCommand.self,
            RulesDisableCommand.self, RulesEnableCommand.self, RulesRollbackCommand.self,
        ])
}

/// `ke-aggregator rules test`: what rules would have found, here or on every node.
struct RulesTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run rules over the journal, a log file or standard input, and count their findings.")

    @OptionGroup var options: RulesTestOptions

    @Flag(help: "Run on every node, over the logs of its agent since --since.")
    var fleet = false

    @Option(help: "With --fleet: how long to wait for the nodes.")
    var wait = "5m"

    @Option(help: "With --fleet: share of one CPU that each node may use.")
    var cpu = 0.2

    @OptionGroup var target: RuleTargetOptions

    func run() async throws {
        if fleet {
            return try await FleetTrial(aggregator: target.aggregatorClient(), clock: SystemClock()).run(
                options.rules.paths, sinceSeconds: options.sinceSeconds(),
                waitSeconds: RolloutOptions.seconds(wait, "--wait"), cpuShare: cpu)
        }
        if options.journal, options.explain == nil { try Self.runAgent() }
        try options.runWithoutJournal()
    }

    /// Only the agent reads journals: it is beside this program or on the path, and gets the same arguments.
    private static func runAgent() throws -> Never {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = own.map { URL(filePath: $0).deletingLastPathComponent().appending(path: Names.agent).path }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let path = folders.map { "\($0)/\(Names.agent)" }
        let candidates = [beside].compactMap(\.self) + path
        guard let agent = candidates.first(where: { access($0, X_OK) == 0 }) else {
            throw CommandFailure(
                message: "The journal is read by \(Names.agent), which is neither beside this program nor on the path.")
        }
        let arguments = [agent] + CommandLine.arguments.dropFirst()
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        execv(agent, &pointers)
        throw CommandFailure(message: "\(agent) cannot be run: \(String(cString: strerror(errno)))")
    }
}
