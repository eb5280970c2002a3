package import Findings
import Platform

/// Who a match is about, from a capture named `cgroup`.
package protocol PodDirectory: Sendable {
    /// The pod and container of a UID and container id, as far as this node's files show.
    func resolve(_ path: CgroupPath) -> (pod: ObjectReference, container: String)
}

/// Knows no pod: for trials, whose lines name pods of any time.
struct NoPods: PodDirectory {
    func resolve(_ path: CgroupPath) -> (pod: ObjectReference, container: String) {
        (ObjectReference(kind: "Pod", name: "", uid: path.podUID), String(path.containerID.prefix(12)))
    }
}
