/// What a finding is about, as Kubernetes names it. Empty texts mean "not known" or "does not apply".
package struct ObjectReference: Hashable, Codable, Sendable {
    package var kind: String
    package var namespace: String
    package var name: String
    package var uid: String

    package init(kind: String, namespace: String = "", name: String, uid: String = "") {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    package static func node(_ name: String) -> ObjectReference { ObjectReference(kind: "Node", name: name) }
}
