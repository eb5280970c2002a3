package import Documents
import Platform
import YAML

/// A shell command of a catalogue entry, with places for names: `kubectl -n {namespace} logs {pod} -c {container}`.
package struct CommandTemplate: Hashable, Sendable {
    /// What is filled in.
    package enum Name: String, CaseIterable, Sendable {
        case namespace, pod, container, node, image, name, subject
        /// As kubectl takes it: `deployment/web`.
        case object
        /// The workload at the top, as kubectl takes it.
        case workload
        /// Of a node's finding: `sda`, `eth0`.
        case device
        /// What runs the rest of the command on the node; nothing on a machine without a cluster.
        case shell

        /// Where no name is known: in the reference.
        fileprivate var sample: String {
            switch self {
            case .object: "KIND/NAME"
            case .workload: "WORKLOAD"
            case .shell: CommandTemplate.nodeShell("NODE")
            default: rawValue.uppercased()
            }
        }
    }

    private enum Part: Hashable, Sendable {
        case text(String)
        case name(Name)
    }

    /// As its entry has it.
    package let text: String
    private let parts: [Part]

    /// - Returns: nil: a place has a name that is not one of `Name`, or no end.
    package init?(_ text: String) {
        var parts: [Part] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            guard let close = rest[open...].firstIndex(of: "}"),
                let name = Name(rawValue: String(rest[rest.index(after: open)..<close]))
            else { return nil }
            parts.append(.name(name))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.text = text
        self.parts = parts
    }

    package var names: Set<Name> {
        Set(
            parts.compactMap { part in
                if case .name(let name) = part { name } else { nil }
            })
    }

    /// `kubectl debug` starts a pod on the node whose `/host` is the node's root (kubernetes.io, Debugging Kubernetes
    /// Nodes With Kubectl).
    package static func nodeShell(_ node: String) -> String {
        "kubectl debug node/\(ShellWord.quoted(node)) -it --image=busybox -- chroot /host"
    }

    /// With names in their places, quoted for a shell where they have to be.
    /// - Parameter value: nil: the name is not known.
    /// - Returns: nil: a name is not known, or is not printable.
    package func filled(_ value: (Name) -> String?) -> String? {
        var out = ""
        for part in parts {
            switch part {
            case .text(let text): out += text
            case .name(let name):
                guard let value = value(name), TextSafety.printable(value) == value, !value.hasPrefix("-") else {
                    return nil
                }
                // The shell is several words of ours.
                out += name == .shell ? value : ShellWord.quoted(value)
            }
        }
        return String(out.drop { $0 == " " })
    }

    /// What stands in a place whose name is not known.
    package static func sample(_ name: Name) -> String { name.sample }

    /// With capitals in the places, for the reference.
    package var sample: String {
        parts.reduce(into: "") { out, part in
            switch part {
            case .text(let text): out += text
            case .name(let name): out += name.sample
            }
        }
    }

    /// A text whose places hold capitals; itself where it is no template.
    package static func sample(_ text: String) -> String { CommandTemplate(text)?.sample ?? text }

    /// Reads a list of them from a document.
    package static func read(_ field: String, _ fields: inout FieldReader) -> [CommandTemplate] {
        fields.texts(field).compactMap { text in
            if let template = CommandTemplate(text), !text.isEmpty { return template }
            let names = Name.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
            fields.report(fields.node.mark, field, "'\(text)' is not a valid command; its places are \(names)")
            return nil
        }
    }
}
