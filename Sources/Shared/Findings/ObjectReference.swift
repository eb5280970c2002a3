/// What a finding is about, as Kubernetes names it. Empty texts mean "not known" or "does not apply".
public struct ObjectReference: Hashable, Codable, Sendable {
    public var kind: String
    public var namespace: String
    public var name: String
    public var uid: String

    public init(kind: String, namespace: String = "", name: String, uid: String = "") {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    public static func node(_ name: String) -> ObjectReference { ObjectReference(kind: "Node", name: name) }
}
