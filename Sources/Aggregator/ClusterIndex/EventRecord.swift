package import Findings
package import KubernetesAPI
package import Platform

/// What is kept of a core/v1 Event.
package struct EventRecord: ClusterRecord {
    package var namespace: String
    package var name: String
    package var involved: ObjectReference
    /// `spec.containers{app}`
    var fieldPath: String
    package var reason: String
    package var message: String
    package var isWarning: Bool
    package var count: Int
    package var first: Timestamp
    package var last: Timestamp
    /// When it was last written, as far as it tells; the API server counts its end from there.
    package var written: Timestamp
    var component: String
    var host: String

    package func eachGroup(_ visit: (Int) -> Void) {
        visit(RecordKey.involved(involved.kind, involved.namespace, involved.name))
        if involved.kind == "Pod", !host.isEmpty { visit(RecordKey.host(host)) }
    }

    package func scopes(in index: ClusterIndex) -> [ClusterScope] { [index.scope(of: self)] }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        namespace = metadata.namespace
        name = metadata.name
        let about = object["involvedObject"]
        involved = ObjectReference(
            kind: texts.text(about?["kind"]), namespace: texts.text(about?["namespace"]),
            name: texts.text(about?["name"]),
            uid: texts.text(about?["uid"]))
        fieldPath = texts.text(about?["fieldPath"])
        reason = texts.text(object["reason"])
        message = texts.text(object["message"])
        isWarning = object["type"]?.equals("Normal") != true
        let series = object["series"]
        count = max(series?["count"]?.integer ?? 0, object["count"]?.integer ?? 0, 1)
        component = texts.text(object["source"]?["component"])
        if component.isEmpty { component = texts.text(object["reportingComponent"]) }
        host = texts.text(object["source"]?["host"])
        // The most recent that is set: series and legacy events name it differently. Go's zero time parses to nil.
        let times = [
            object["lastTimestamp"], series?["lastObservedTime"], object["eventTime"], object["firstTimestamp"],
            object["metadata"]?["creationTimestamp"],
        ].map { $0.flatMap { KubernetesTime.parse($0) } }
        guard let last = times.compactMap({ $0 }).first else { return nil }
        self.last = last
        // Some writers date events back.
        written = max(last, metadata.created ?? last)
        first = min(times[3] ?? times[2] ?? metadata.created ?? last, last)
    }

    /// What the aggregator itself writes: an echo of findings, and no evidence.
    package static let ownComponent = "kubeeye"

    package var isOwn: Bool { component == Self.ownComponent }

    /// The container that the field path names; empty for the pod as a whole.
    package var container: String {
        guard let start = fieldPath.firstIndex(of: "{"), let end = fieldPath.lastIndex(of: "}"), start < end else {
            return ""
        }
        return String(fieldPath[fieldPath.index(after: start)..<end])
    }

    /// The node that it is about or that reported it.
    package var node: String { involved.kind == "Node" ? involved.name : host }
}
