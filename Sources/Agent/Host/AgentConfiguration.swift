package import Findings
internal import Glibc
package import Platform
package import RuleEngine
import YAML

/// How the agent is set up: a YAML file (`--config`), overridden by flags.
package struct AgentConfiguration: Equatable, Sendable {
    package enum KernelLog: String, CaseIterable, Sendable {
        /// The journal where it holds the kernel's lines, else `/dev/kmsg`.
        case auto
        case journal, kmsg
    }

    package enum PodLogs: String, CaseIterable, Sendable {
        /// Count the known phrases, send the phrase only.
        case phrases
        /// Send the redacted line.
        case full
        case off
    }

    package var node = AgentConfiguration.hostName()
    package var aggregator = "http://127.0.0.1:7470"
    /// An address of the Service that `aggregator` names, as the kubelet gives it to pods; nil: none is known.
    package var aggregatorAddress: String?
    /// PEM file of the authority that the aggregator's certificate is judged by; nil: the system's.
    package var certificateAuthority: String?
    /// File with the token that the agent shows; read for each request, because the kubelet renews it.
    package var tokenFile: String?
    package var stateDir = "/var/lib/ke-agent"
    /// The users' rule files and folders; empty: those in `RuleLoader.folder`, where it is there.
    package var rules: [String] = []
    package var builtInRules = true
    /// Whether programs that node-problem-detector's files name are run.
    package var plugins = false
    package static let heartbeatSecondsDefault = 30.0
    /// How often an agent without findings reports; the answers carry overrides and trials.
    package var heartbeatSeconds = AgentConfiguration.heartbeatSecondsDefault
    package var hostRoot = "/"
    /// The node's own address, where the kubelet cannot be asked on loopback.
    package var nodeAddress = ""
    package var kernelLog = KernelLog.auto
    /// A journal folder instead of the system's; for tests and foreign journals.
    package var journalDir: String?
    package var podLogs = PodLogs.phrases
    package var thresholds = AgentLimits()
    /// Ids of samplers and probes that are not run.
    package var disabled: [String] = []

    package init() {}

    /// The environment variable by which the kubelet tells a pod the address of the Service that `aggregator` names
    /// (kubernetes.io "Accessing the Service": `<NAME>_SERVICE_HOST`); nil: it does not name one.
    package var aggregatorVariable: String? {
        guard let scheme = aggregator.firstRange(of: "://") else { return nil }
        let labels = aggregator[scheme.upperBound...].prefix { $0 != ":" && $0 != "/" }.split(separator: ".")
        guard labels.count >= 3, labels[2] == "svc" else { return nil }
        return labels[0].uppercased().map { $0 == "-" ? "_" : String($0) }.joined() + "_SERVICE_HOST"
    }

    static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, 255)
        return buffer.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? "localhost"
        }
    }

    /// - Throws: the first mistake, with file, line and column. A configuration is all or nothing.
    package static func read(_ text: [UInt8], name: String) throws(DocumentProblem) -> AgentConfiguration {
        let root = try YAMLReader.read(text, file: name)
        var configuration = AgentConfiguration()
        guard let root else { return configuration }
        guard let pairs = root.pairs else {
            throw DocumentProblem(
                file: name, mark: root.mark, message: "a mapping is expected, this is \(root.kindName)")
        }
        for pair in pairs { try configuration.set(pair, file: name) }
        return configuration
    }

    private static let names = [
        "node", "aggregator", "certificateAuthority", "tokenFile", "stateDir", "rules", "builtInRules", "plugins",
        "heartbeat", "hostRoot", "nodeAddress", "kernelLog", "journalDir", "podLogs", "thresholds", "disabled",
    ]

    private mutating func set(_ pair: Node.Pair, file: String) throws(DocumentProblem) {
        func wrong(_ message: String, _ mark: Mark? = nil) -> DocumentProblem {
            DocumentProblem(file: file, mark: mark ?? pair.value.mark, field: pair.key, message: message)
        }
        func text() throws(DocumentProblem) -> String {
            guard let text = pair.value.string, !text.isEmpty else {
                throw wrong("text is expected, this is \(pair.value.kindName)")
            }
            return text
        }
        func texts() throws(DocumentProblem) -> [String] {
            guard let items = pair.value.items, items.allSatisfy({ $0.string != nil }) else {
                throw wrong("a list of texts is expected")
            }
            return items.compactMap(\.string)
        }
        func choice<Value: RawRepresentable & CaseIterable>(_: Value.Type) throws(DocumentProblem) -> Value
        where Value.RawValue == String {
            let word = try text()
            if let value = Value(rawValue: word) { return value }
            throw wrong("'\(word)' is not one of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        switch pair.key {
        case "node": node = try text()
        case "aggregator": aggregator = try text()
        case "certificateAuthority": certificateAuthority = try text()
        case "tokenFile": tokenFile = try text()
        case "nodeAddress": nodeAddress = try text()
        case "stateDir": stateDir = try text()
        case "rules": rules = try texts()
        case "builtInRules":
            guard case .bool(let flag) = pair.value.value else { throw wrong("true or false is expected") }
            builtInRules = flag
        case "heartbeat":
            let word = try text()
            do throws(GoDuration.Problem) { heartbeatSeconds = try GoDuration.seconds(word) } catch {
                throw wrong(error.description)
            }
            guard (1...300).contains(heartbeatSeconds) else { throw wrong("from 1s to 5m") }
        case "plugins":
            guard case .bool(let flag) = pair.value.value else { throw wrong("true or false is expected") }
            plugins = flag
        case "hostRoot": hostRoot = try text()
        case "kernelLog": kernelLog = try choice(KernelLog.self)
        case "journalDir": journalDir = try text()
        case "podLogs": podLogs = try choice(PodLogs.self)
        case "disabled": disabled = try texts()
        case "thresholds":
            guard let fields = pair.value.pairs else {
                throw wrong("a mapping is expected, this is \(pair.value.kindName)")
            }
            for field in fields { try setThreshold(field, file: file) }
        default:
            let near = Suggestion.nearest(to: pair.key, among: Self.names).map { "; did you mean `\($0)`?" }
            throw wrong("unknown field\(near ?? "; there are \(Self.names.joined(separator: ", "))")", pair.keyMark)
        }
    }

    private mutating func setThreshold(_ field: Node.Pair, file: String) throws(DocumentProblem) {
        let name = "thresholds.\(field.key)"
        let limits = Catalogue.builtIn.agentLimits, names = limits.keys.sorted()
        guard let limit = limits[field.key] else {
            let near = Suggestion.nearest(to: field.key, among: names).map { "; did you mean `\($0)`?" }
            throw DocumentProblem(
                file: file, mark: field.keyMark, field: name,
                message: "unknown threshold\(near ?? "; there are \(names.joined(separator: ", "))")")
        }
        let value = field.value.number
        if let problem = limit.problem(with: value) {
            throw DocumentProblem(file: file, mark: field.value.mark, field: name, message: problem)
        }
        thresholds[dynamicMember: field.key] = value ?? limit.value
    }
}

extension AgentConfiguration {
    /// What the first `hosts.yaml` of the rule folders says of this host.
    package func hostProfile(_ host: HostRoot) -> HostProfile {
        HostProfile.joined(RuleFolders.hosts(rules).profiles) { Files.exists(host.path($0)) }
    }
}
