/// Where an object keeps its pod spec.
struct PodSpecPlace {
    /// From the object's root.
    let path: [PathStep]
    let podSpec: JSONView
    /// The object around it, with `metadata` and `spec`; the object itself for a Pod.
    let template: JSONView

    private static let containers: JSONKey = "containers"
    private static let steps: [JSONKey] = ["jobTemplate", "spec", "template"]
    static let depthMax = 8

    /// Descends through `jobTemplate`, `spec` and `template` to an object with `containers` (POLARIS.md §3).
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
