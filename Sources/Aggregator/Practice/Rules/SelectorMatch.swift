import KubernetesAPI

/// Label selectors read straight from parsed JSON
/// (kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements).
enum SelectorMatch {
    private static let matchLabels: JSONKey = "matchLabels", matchExpressions: JSONKey = "matchExpressions"
    private static let key: JSONKey = "key", operation: JSONKey = "operator", values: JSONKey = "values"

    /// An empty selector selects everything.
    static func matches(_ selector: JSONView, _ labels: [String: String]) -> Bool {
        guard selector.kind == .object else { return false }
        if let wanted = selector[matchLabels] {
            for (name, value) in wanted.members {
                guard let own = labels[name.string ?? ""], own == value.string else { return false }
            }
        }
        guard let requirements = selector[matchExpressions] else { return true }
        for requirement in requirements.elements {
            let own = labels[requirement[key]?.string ?? ""]
            let wanted = requirement[values]?.elements.map { $0.string ?? "" } ?? []
            let holds: Bool =
                switch requirement[operation]?.string {
                case "In": own.map { wanted.contains($0) } ?? false
                case "NotIn": own.map { !wanted.contains($0) } ?? true
                case "Exists": own != nil
                case "DoesNotExist": own == nil
                default: false
                }
            if !holds { return false }
        }
        return true
    }

    /// `matchLabels` shares a label with these, and contradicts none.
    static func overlaps(_ selector: JSONView, _ labels: [String: String]) -> Bool {
        var isShared = false
        for (name, value) in selector[matchLabels]?.members ?? selector.members where value.kind == .string {
            guard let own = labels[name.string ?? ""] else { continue }
            if own != value.string { return false }
            isShared = true
        }
        return isShared
    }
}
