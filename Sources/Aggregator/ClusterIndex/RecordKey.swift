/// Keys under which tables keep records: seeded hashes, because names are untrusted and must not be made to collide.
package enum RecordKey {
    private enum Tag: UInt8 { case name, namespace, node, involved, host, uid, service }

    private static func hash(_ tag: Tag, _ parts: String...) -> Int {
        var hasher = Hasher()
        hasher.combine(tag.rawValue)
        for part in parts { hasher.combine(part) }
        return hasher.finalize()
    }

    package static func name(_ namespace: String, _ name: String) -> Int { hash(.name, namespace, name) }

    static func uid(_ uid: CompactUID) -> Int {
        var hasher = Hasher()
        hasher.combine(Tag.uid.rawValue)
        hasher.combine(uid)
        return hasher.finalize()
    }

    /// The pod with this UID of the API, or the one that a static pod's cgroup carries.
    package static func uid(_ uid: String) -> Int { self.uid(CompactUID(uid)) }
    /// Everything in a namespace.
    package static func namespace(_ namespace: String) -> Int { hash(.namespace, namespace) }
    /// Pods that are bound to a node.
    package static func node(_ node: String) -> Int { hash(.node, node) }
    /// Events about an object. Nodes have no namespace, whatever an event says.
    package static func involved(_ kind: String, _ namespace: String, _ name: String) -> Int {
        hash(.involved, kind, kind == "Node" ? "" : namespace, name)
    }
    /// Events about pods that a node's kubelet wrote.
    package static func host(_ host: String) -> Int { hash(.host, host) }
    /// Slices of a Service.
    package static func service(_ namespace: String, _ name: String) -> Int { hash(.service, namespace, name) }
}
