import ArgumentParser
import Logging
import Shared

/// Flags that `run` and `once` share; each overrides the configuration file.
struct AgentOptions: ParsableArguments {
    @Option(help: "Configuration file (YAML).")
    var config: String?

    @Option(help: "Where the aggregator takes findings in, for example http://127.0.0.1:7470.")
    var aggregator: String?

    @Option(help: "This node's name; the host name when not given.")
    var nodeName: String?

    @Option(help: "Folder for the checkpoint.")
    var stateDir: String?

    @Option(help: "Rule file or folder; repeatable.")
    var rules: [String] = []

    @Option(help: "Where the host's files are mounted.")
    var hostRoot: String?

    @Option(help: "Where the kernel's log is read: auto, journal or kmsg.")
    var kernelLog: String?

    @Option(help: "A journal folder or file instead of the system's.")
    var journalDir: String?

    func configuration() throws -> AgentConfiguration {
        var configuration = AgentConfiguration()
        if let config {
            do {
                configuration = try AgentConfiguration.read(try Files.read(config), name: config)
            } catch let problem as RuleProblem {
                throw CommandFailure(message: problem.description)
            } catch let problem as SystemError {
                throw CommandFailure(message: "The configuration cannot be read: \(problem)")
            }
        }
        if let aggregator { configuration.aggregator = aggregator }
        if let nodeName { configuration.node = nodeName }
        if let stateDir { configuration.stateDir = stateDir }
        if !rules.isEmpty { configuration.rules = rules }
        if let hostRoot { configuration.hostRoot = hostRoot }
        if let journalDir { configuration.journalDir = journalDir }
        if let kernelLog {
            guard let value = AgentConfiguration.KernelLog(rawValue: kernelLog) else {
                throw CommandFailure(message: "--kernel-log is auto, journal or kmsg; '\(kernelLog)' is none of them.")
            }
            configuration.kernelLog = value
        }
        let isName: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) }
        guard (1...253).contains(configuration.node.utf8.count), configuration.node.allSatisfy(isName) else {
            throw CommandFailure(
                message: "'\(configuration.node)' is no node name: letters, digits, '-', '.' and '_', at most 253.")
        }
        return configuration
    }

    func runtime() throws -> AgentRuntime {
        let configuration = try configuration()
        let (texts, unread) = RuleFolders.texts(configuration.rules)
        let logger = Logger(label: "ke-agent") { StreamLogHandler.standardError(label: $0) }
        let set = RuleSet(texts: texts)
        let problems = unread + RuleFolders.hosts(configuration.rules).problems
        for problem in problems + set.problems {
            logger.warning("A rule file has a mistake.", metadata: ["problem": "\(problem)"])
        }
        for file in set.files {
            if let reason = file.notALogMonitor {
                logger.notice("A file is left out.", metadata: ["file": "\(file.name)", "reason": "\(reason)"])
            }
        }
        return AgentRuntime(
            configuration: configuration, rules: set, ruleProblems: problems, clock: SystemClock(), logger: logger)
    }
}

/// A message for people on standard error, exit status 1.
struct CommandFailure: Error, CustomStringConvertible {
    let message: String
    var description: String { message }
}
