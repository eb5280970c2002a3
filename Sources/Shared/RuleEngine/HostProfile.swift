import Documents
package import Platform
import YAML

/// What a host is: which units, sockets and files the probes look at (`rules/hosts.yaml`).
package struct HostProfile: Equatable, Sendable {
    package var id: String
    /// One of these paths exists on such a host.
    package var when: [String]
    package var kubeletUnits: [String] = []
    package var runtimeUnits: [String] = []
    package var criSockets: [String] = []
    package var dockerSockets: [String] = []
    package var certificates: [String] = []
    /// Folders of the kubelet and the runtime: a full file system says which of them it holds.
    package var roots: [String] = []
    /// Log files of units that write no journal.
    package var logs: [Log] = []

    /// Rules for `unit` read `format.path` as well.
    package struct Log: Equatable, Sendable {
        package var unit: String
        package var format: SourceSelector.FileFormat
    }

    package init(id: String, when: [String]) {
        self.id = id
        self.when = when
    }

    /// The profiles of `rules/hosts.yaml`.
    package static let builtIn = read(BuiltInRules.hosts, name: "built-in hosts.yaml").profiles

    /// All profiles of a file, and its mistakes.
    package static func read(_ text: [UInt8], name: String) -> (profiles: [HostProfile], problems: [DocumentProblem]) {
        let root: Node?
        do throws(DocumentProblem) { root = try YAMLReader.read(text, file: name) } catch {
            return ([], [error])
        }
        guard let root else {
            return ([], [DocumentProblem(file: name, message: "the file is empty")])
        }
        var reader = FieldReader(root, file: name, path: "")
        if let version = reader.requiredText("apiVersion", example: "ke/v1"), version != "ke/v1" {
            reader.report(root.mark, "apiVersion", "'\(version)' is not a valid apiVersion; use `ke/v1`")
        }
        if let kind = reader.requiredText("kind", example: "HostProfiles"), kind != "HostProfiles" {
            reader.report(root.mark, "kind", "'\(kind)' is not a valid kind; use `HostProfiles`")
        }
        var profiles: [HostProfile] = []
        for (index, node) in (reader.node("profiles")?.items ?? []).enumerated() {
            var inner = FieldReader(node, file: name, path: "profiles[\(index)]")
            let id = inner.requiredText("id", example: "kubeadm")
            var profile = HostProfile(id: id ?? "", when: inner.texts("when"))
            profile.kubeletUnits = inner.texts("kubeletUnits")
            profile.runtimeUnits = inner.texts("runtimeUnits")
            profile.criSockets = inner.texts("criSockets")
            profile.dockerSockets = inner.texts("dockerSockets")
            profile.certificates = inner.texts("certificates")
            profile.roots = inner.texts("roots")
            profile.logs = logs(&inner)
            if profile.when.isEmpty {
                inner.report(node.mark, "when", "is missing; for example `when: [/etc/kubernetes]`")
            }
            inner.finish()
            if inner.problems.isEmpty { profiles.append(profile) }
            reader.adopt(inner.problems)
        }
        reader.finish()
        return (profiles, reader.problems)
    }

    private static func logs(_ reader: inout FieldReader) -> [Log] {
        guard let node = reader.node("logs") else { return [] }
        guard let items = node.items else {
            reader.report(node.mark, "logs", "a list is expected, this is \(node.kindName)")
            return []
        }
        return items.enumerated().compactMap { index, item in
            var inner = FieldReader(item, file: reader.file, path: "\(reader.path).logs[\(index)]")
            let unit = inner.requiredText("unit", example: "containerd.service")
            let path = inner.requiredText("path", example: "/var/log/containerd.log")
            let timestamp = inner.pattern("timestamp") ?? ""
            let layout = inner.text("timestampFormat") ?? ""
            inner.finish()
            reader.adopt(inner.problems)
            guard let unit, let path else { return nil }
            return Log(unit: unit, format: .init(path: path, timestamp: timestamp, timestampFormat: layout))
        }
    }

    /// Everything that the profiles which apply say, joined.
    package static func joined(_ profiles: [HostProfile], exists: (String) -> Bool) -> HostProfile {
        var all = HostProfile(id: "", when: [])
        for profile in profiles where profile.when.contains(where: exists) {
            all.id += (all.id.isEmpty ? "" : "+") + profile.id
            func add(_ path: WritableKeyPath<HostProfile, [String]>) {
                for value in profile[keyPath: path] where !all[keyPath: path].contains(value) {
                    all[keyPath: path].append(value)
                }
            }
            all.logs += profile.logs.filter { !all.logs.contains($0) }
            for path in [
                \HostProfile.kubeletUnits, \.runtimeUnits, \.criSockets, \.dockerSockets, \.certificates, \.roots,
            ] {
                add(path)
            }
        }
        return all
    }
}
