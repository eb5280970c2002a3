import KubernetesAPI

/// An object's metadata as files have it, where a name may be a number to YAML, or still to be made by the server.
enum ObjectMetadata {
    private static let metadata: JSONKey = "metadata", name: JSONKey = "name", generateName: JSONKey = "generateName"
    private static let namespace: JSONKey = "namespace"

    /// Its name; `first-*` where the server makes one of `generateName`; empty where it has neither.
    static func name(_ metadata: JSONView?) -> String {
        guard let metadata, metadata.kind == .object else { return "" }
        let own = text(metadata[name])
        if !own.isEmpty { return own }
        let prefix = text(metadata[generateName])
        return prefix.isEmpty ? "" : prefix + "*"
    }

    /// Whether several objects may have what `name` says as their name.
    static func isGenerated(_ name: String) -> Bool { name.isEmpty || name.hasSuffix("*") }

    static func namespace(_ metadata: JSONView?) -> String {
        guard let metadata, metadata.kind == .object else { return "" }
        return text(metadata[namespace])
    }

    /// A text, or what stands in place of one.
    private static func text(_ value: JSONView?) -> String {
        guard let value else { return "" }
        switch value.kind {
        case .string: return value.string ?? ""
        case .integer, .double, .bool:
            var text = JSONText()
            text.value(value)
            return String(decoding: text.bytes, as: UTF8.self)
        default: return ""
        }
    }

    /// What the server refuses: names, labels and annotations that are no text, as `version: 1.0` and `name: 123`.
    /// - Parameter path: of the object that has the metadata.
    static func problems(in object: JSONView, at path: [PathStep]) -> [PodSpecNormaliser.Problem] {
        guard let metadata = object[Self.metadata], metadata.kind == .object else { return [] }
        let start = path + [.key("metadata")]
        var problems: [PodSpecNormaliser.Problem] = []
        func expectText(_ value: JSONView, _ path: [PathStep]) {
            guard value.kind != .string, !value.isNull, problems.count < PodSpecNormaliser.problemsMax else { return }
            problems.append(.init(path: path, message: "\(PodSpecNormaliser.name(value)) where text is expected"))
        }
        for key in [name, generateName, namespace] {
            if let value = metadata[key] { expectText(value, start + [.key(key.text)]) }
        }
        for key: JSONKey in [labels, annotations] {
            guard let map = metadata[key], map.kind == .object else { continue }
            for (member, value) in map.members {
                expectText(value, start + [.key(key.text), .key(member.string ?? "")])
            }
        }
        return problems
    }

    private static let labels: JSONKey = "labels", annotations: JSONKey = "annotations"
}
