/// What a host is: which units, sockets and files the probes look at (`rules/hosts.yaml`, DESIGN §13).
public struct HostProfile: Equatable, Sendable {
    public var id: String
    /// One of these paths exists on such a host.
    public var when: [String]
    public var kubeletUnits: [String] = []
    public var runtimeUnits: [String] = []
    public var criSockets: [String] = []
    public var dockerSockets: [String] = []
    public var certificates: [String] = []

    public init(id: String, when: [String]) {
        self.id = id
        self.when = when
    }

    /// All profiles of a file, and its mistakes.
    public static func read(_ text: [UInt8], name: String) -> (profiles: [HostProfile], problems: [RuleProblem]) {
        let root: Node?
        do throws(ParseError) { root = try YAMLReader.read(text) } catch {
            return ([], [RuleProblem(file: name, mark: error.mark, field: "", message: error.message)])
        }
        guard let root else {
            return (
                [], [RuleProblem(file: name, mark: Mark(line: 1, column: 1), field: "", message: "the file is empty")]
            )
        }
        var reader = FieldReader(root, file: name, path: "")
        if let version = reader.requiredText("apiVersion", example: "ke/v1"), version != "ke/v1" {
            reader.report(root.mark, "apiVersion", "'\(version)' is unknown; `ke/v1` is right")
        }
        if let kind = reader.requiredText("kind", example: "HostProfiles"), kind != "HostProfiles" {
            reader.report(root.mark, "kind", "'\(kind)' is unknown; `HostProfiles` is right")
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

    /// Everything that the profiles which apply say, joined.
    public static func joined(_ profiles: [HostProfile], exists: (String) -> Bool) -> HostProfile {
        var all = HostProfile(id: "", when: [])
        for profile in profiles where profile.when.contains(where: exists) {
            all.id += (all.id.isEmpty ? "" : "+") + profile.id
            func add(_ path: WritableKeyPath<HostProfile, [String]>) {
                for value in profile[keyPath: path] where !all[keyPath: path].contains(value) {
                    all[keyPath: path].append(value)
                }
            }
            for path in [\HostProfile.kubeletUnits, \.runtimeUnits, \.criSockets, \.dockerSockets, \.certificates] {
                add(path)
            }
        }
        return all
    }
}
