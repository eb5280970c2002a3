/// `group/Kind`; a group of nil is any, an empty one the core group.
package struct GroupKind: Hashable, Sendable, CustomStringConvertible {
    package var group: String?
    package var kind: String

    package init(group: String?, kind: String) {
        self.group = group
        self.kind = kind
    }

    /// `policy/PodDisruptionBudget`, `/ConfigMap`, `Ingress`.
    package init(_ text: String) {
        if let slash = text.lastIndex(of: "/") {
            group = String(text[..<slash])
            kind = String(text[text.index(after: slash)...])
        } else {
            group = nil
            kind = text
        }
    }

    /// The group of an `apiVersion`: `apps` of `apps/v1`, nothing of `v1`.
    package static func group(ofVersion version: String) -> String {
        version.firstIndex(of: "/").map { String(version[..<$0]) } ?? ""
    }

    package var description: String { group.map { "\($0)/\(kind)" } ?? kind }

    package func matches(group other: String, kind otherKind: String) -> Bool {
        kind == otherKind && (group == nil || group == other)
    }
}
