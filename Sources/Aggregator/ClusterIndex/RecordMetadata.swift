package import Findings
import KubernetesAPI
package import Platform

/// `metadata`, as far as all kinds share it.
package struct RecordMetadata: Sendable {
    var namespace: String
    var name: String
    let compactUID: CompactUID
    package var created: Timestamp?
    package var deleted: Timestamp?
    /// Of an object that is being deleted: what must be done before it goes.
    package var finalizers: [String] = []

    /// Finalizers of one object that are kept.
    private static let finalizersMax = 8

    package var uid: String { compactUID.string }

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = object["metadata"], let name = metadata["name"]?.string, !name.isEmpty else { return nil }
        self.name = name
        namespace = texts.text(metadata["namespace"])
        compactUID = CompactUID(metadata["uid"])
        created = metadata["creationTimestamp"].flatMap { KubernetesTime.parse($0) }
        deleted = metadata["deletionTimestamp"].flatMap { KubernetesTime.parse($0) }
        guard deleted != nil else { return }
        for finalizer in metadata.list("finalizers") where finalizers.count < Self.finalizersMax {
            finalizers.append(texts.text(finalizer))
        }
    }

    package func reference(_ kind: String) -> ObjectReference {
        ObjectReference(kind: kind, namespace: namespace, name: name, uid: uid)
    }
}
