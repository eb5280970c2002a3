import AgentRules
import AgentRuntime
import ArgumentParser
internal import Glibc
import Host
import Logging
import Platform
import RuleEngine

/// Flags that `run` and `once` share; each overrides the configuration file.
struct AgentOptions: ParsableArguments {
    @Option(help: "Configuration file (YAML).")
    var config: String?

    @Option(help: "Aggregator ingest URL, for example http://127.0.0.1:7470.")
    var aggregator: String?

    @Option(help: "PEM file of the authority that verifies the aggregator's certificate.")
    var certificateAuthority: String?

    @Option(help: "File with the token to authenticate to the aggregator.")
    var tokenFile: String?

    @Option(help: "Address of this node's kubelet; default: loopback.")
    var nodeAddress: String?

    @Option(help: "This node's name; default: the host name.")
    var nodeName: String?

    @Option(help: "Folder for the checkpoint.")
    var stateDir: String?

    @Option(help: "Rule file or folder to load in addition to the built-in rules; repeatable.")
    var rules: [String] = []

    @Flag(help: "Load only the rules given by --rules, not the built-in ones.")
    var noBuiltInRules = false

    @Option(help: "Folder where the host's root filesystem is mounted.")
    var hostRoot: String?

    @Option(help: "Source of the kernel log: auto, journal or kmsg.")
    var kernelLog: String?

    @Option(help: "Journal folder or file to read instead of the system's.")
    var journalDir: String?

    func configuration() throws -> AgentConfiguration {
        var configuration = AgentConfiguration()
        if let config {
            do {
                configuration = try AgentConfiguration.read(try Files.read(config), name: config)
            } catch let problem as DocumentProblem {
                throw CommandFailure(message: problem.description)
            } catch let problem as SystemError {
                throw CommandFailure(message: "The configuration cannot be read: \(problem)")
            }
        }
        if let aggregator { configuration.aggregator = aggregator }
        if let certificateAuthority { configuration.certificateAuthority = certificateAuthority }
        if let tokenFile { configuration.tokenFile = tokenFile }
        if let nodeAddress { configuration.nodeAddress = nodeAddress }
        if let nodeName { configuration.node = nodeName }
        if let stateDir { configuration.stateDir = stateDir }
        if !rules.isEmpty { configuration.rules = rules }
        if noBuiltInRules { configuration.builtInRules = false }
        if let hostRoot { configuration.hostRoot = hostRoot }
        if let journalDir { configuration.journalDir = journalDir }
        if let kernelLog {
            guard let value = AgentConfiguration.KernelLog(rawValue: kernelLog) else {
                throw CommandFailure(
                    message: "--kernel-log must be auto, journal or kmsg; '\(kernelLog)' is not valid.")
            }
            configuration.kernelLog = value
        }
        let isName: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
        guard (1...253).contains(configuration.node.utf8.count), configuration.node.allSatisfy(isName) else {
            throw CommandFailure(
                message:
                    "'\(configuration.node)' is not a valid node name: use letters, digits, '-', '.' and '_', at most 253."
            )
        }
        return configuration
    }

    func runtime() throws -> AgentRuntime {
        var configuration = try configuration()
        configuration.aggregatorAddress = configuration.aggregatorVariable.flatMap { getenv($0) }.map {
            String(cString: $0)
        }
        let logger = Logger(label: Names.agent) { StreamLogHandler.standardError(label: $0) }
        return AgentRuntime(
            configuration: configuration,
            loader: RuleLoader(
                paths: configuration.rules, builtIn: configuration.builtInRules ? BuiltInRules.read() : []),
            clock: SystemClock(), logger: logger)
    }
}
