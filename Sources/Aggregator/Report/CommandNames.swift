import Checks
import Evaluation
import Findings
import Platform
import RuleEngine

/// The names that a finding's commands are about, and the commands with them in their places.
struct CommandNames {
    /// Kinds of ours that the API does not have.
    private static let ownKinds: Set<String> = ["", "API", "Cluster", "Component"]
    private static let workloadKinds: Set<String> = [
        "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "CronJob",
    ]
    /// For whatever no entry has a command.
    private static let general = [
        "kubectl -n {namespace} describe {object}", "kubectl describe {object}",
        "{shell} journalctl --no-pager -p warning -n 50",
    ].compactMap { CommandTemplate($0) }

    /// Agents send the rule's id alone; the commands of the built-in ones are here.
    private static let ofRules: [String: [CommandTemplate]] = Dictionary(
        BuiltInRules.files.flatMap(\.rules).filter { !$0.commands.isEmpty }.map { ($0.id, $0.commands) }
    ) { first, _ in first }

    let finding: EvaluatedFinding
    /// Else no command of kubectl's is of use.
    let hasCluster: Bool

    /// Whole commands, the first to try first.
    func commands() -> [String] {
        let detection = finding.detection
        var templates = Self.ofRules[detection.rule] ?? []
        templates += Catalogue.builtIn[detection.check]?.commands ?? []
        var seen: Set<String> = []
        let known = filled(templates).filter { seen.insert($0).inserted }
        return known.isEmpty ? Array(filled(Self.general).prefix(1)) : known
    }

    /// A remedy with names in its places; with capitals where they are not known.
    func text(_ remedy: String) -> String {
        guard let template = CommandTemplate(remedy) else { return remedy }
        return template.filled { value($0) ?? CommandTemplate.sample($0) } ?? remedy
    }

    private func filled(_ templates: [CommandTemplate]) -> [String] {
        templates.compactMap { $0.filled(value) }.filter { hasCluster || !$0.hasPrefix("kubectl ") }
    }

    /// What `why` is asked for the same object: `deploy/web -n shop`; nil: the API has no such object.
    static func why(_ object: ObjectReference) -> String? {
        guard let name = name(object), object.kind != "Secret" else { return nil }
        let namespace = object.namespace.isEmpty ? "" : " -n \(ShellWord.quoted(object.namespace))"
        return ShellWord.quoted(name) + namespace
    }

    /// The same of a finding as reports have it: its workload where it has one.
    static func why(_ item: Report.Item) -> String? {
        if !item.node.isEmpty, item.object.kind == "Node" { return why(.node(item.node)) }
        let words = item.owner.split(separator: " ", maxSplits: 1).map(String.init)
        if words.count == 2 {
            let parts = words[1].split(separator: "/", maxSplits: 1).map(String.init)
            let namespace = parts.count == 2 ? parts[0] : ""
            return why(ObjectReference(kind: words[0], namespace: namespace, name: parts.last ?? ""))
        }
        return why(item.object)
    }

    /// `deploy/web`, as kubectl takes it.
    private static func name(_ object: ObjectReference) -> String? {
        guard !ownKinds.contains(object.kind), !object.name.isEmpty else { return nil }
        // A certificate in a file; cert-manager's are in a namespace.
        if object.kind == "Certificate", object.namespace.isEmpty { return nil }
        return "\(KindNames.short(object.kind))/\(object.name)"
    }

    private func value(_ name: CommandTemplate.Name) -> String? {
        let object = finding.object
        let isNode = object.kind == "Node"
        switch name {
        case .namespace: return some(object.kind == "Namespace" ? object.name : object.namespace)
        case .pod: return object.kind == "Pod" ? some(object.name) : nil
        case .container: return finding.container
        case .node: return some(finding.node)
        case .image: return finding.image
        case .name: return some(object.name)
        case .object: return Self.name(object)
        case .workload:
            let owner = finding.owner ?? object
            return Self.workloadKinds.contains(owner.kind) ? Self.name(owner) : nil
        case .subject: return Self.word(finding.detection.subject)
        case .device: return isNode ? Self.word(finding.detection.subject) : nil
        case .shell:
            guard !finding.node.isEmpty else { return nil }
            return hasCluster ? CommandTemplate.nodeShell(finding.node) : ""
        }
    }

    private func some(_ text: String) -> String? { text.isEmpty ? nil : text }

    /// A subject is read from a log: only one plain word may stand in a command, and it must not look like a flag.
    private static func word(_ text: String) -> String? {
        let isPlain = text.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || [UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "@")].contains($0)
        }
        return isPlain && !text.isEmpty && !text.hasPrefix("-") && !text.hasPrefix(".") ? text : nil
    }
}
