import KubernetesAPI

/// Types of whole objects, as far as files get them wrong.
enum ObjectShape {
    private static let maps: [String: [JSONKey]] = [
        "ConfigMap": ["data", "binaryData"], "Secret": ["data", "stringData"],
    ]

    /// Why the API server would refuse an object that has no pod spec.
    static func problems(in object: JSONView, kind: String) -> [PodSpecNormaliser.Problem] {
        if let problem = PodSpecPlace.problem(in: object, kind: kind) { return [problem] }
        var found: [PodSpecNormaliser.Problem] = []
        for key in maps[kind] ?? [] {
            guard let map = object[key], !map.isNull else { continue }
            guard map.kind == .object else {
                found.append(
                    .init(
                        path: [.key(key.text)], message: "\(PodSpecNormaliser.name(map)) where a mapping is expected"))
                continue
            }
            for (name, value) in map.members where value.kind != .string && !value.isNull {
                if found.count >= PodSpecNormaliser.problemsMax { return found }
                found.append(
                    .init(
                        path: [.key(key.text), .key(name.string ?? "")],
                        message: "\(PodSpecNormaliser.name(value)) where text is expected"))
            }
        }
        return found
    }
}

/// Where an object keeps its pod spec.
struct PodSpecPlace {
    /// From the object's root.
    let path: [PathStep]
    let podSpec: JSONView
    /// The object around it, with `metadata` and `spec`; the object itself for a Pod.
    let template: JSONView

    /// Where the API's own workloads keep theirs.
    private static func expected(_ kind: String) -> [JSONKey]? {
        switch kind {
        case "Pod": ["spec"]
        case "CronJob": ["spec", "jobTemplate", "spec", "template", "spec"]
        case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController":
            ["spec", "template", "spec"]
        default: nil
        }
    }

    /// Why an object of the API's own workloads has no pod spec: what is missing or of a wrong type on the way; nil for
    /// objects of other kinds.
    static func problem(in object: JSONView, kind: String) -> PodSpecNormaliser.Problem? {
        guard let steps = expected(kind) else { return nil }
        var path: [PathStep] = []
        var value = object
        for step in steps + [containers] {
            guard value.kind == .object else {
                return .init(path: path, message: "\(PodSpecNormaliser.name(value)) where a mapping is expected")
            }
            path.append(.key(step.text))
            guard let next = value[step], !next.isNull else { return .init(path: path, message: "is required") }
            value = next
        }
        return nil
    }

    private static let containers: JSONKey = "containers"
    private static let steps: [JSONKey] = ["jobTemplate", "spec", "template"]
    static let depthMax = 8

    /// Descends through `jobTemplate`, `spec` and `template` to an object with `containers`.
    static func find(in object: JSONView) -> PodSpecPlace? {
        var path: [PathStep] = []
        return find(object, object, &path)
    }

    private static func find(_ value: JSONView, _ parent: JSONView, _ path: inout [PathStep]) -> PodSpecPlace? {
        guard value.kind == .object, path.count < depthMax else { return nil }
        if value[containers] != nil { return PodSpecPlace(path: path, podSpec: value, template: parent) }
        for step in steps {
            guard let child = value[step] else { continue }
            path.append(.key(step.text))
            if let found = find(child, value, &path) { return found }
            path.removeLast()
        }
        return nil
    }
}
