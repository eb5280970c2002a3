import Shared

/// What is kept of a core/v1 Event.
///
/// A class, because a hundred thousand are walked by every check: passing one on costs one reference, not thirty.
final class EventRecord: ClusterRecord, @unchecked Sendable {
    // SAFETY: everything is written in init and by nobody later.
    private(set) var namespace: String
    private(set) var name: String
    private(set) var uid: String
    private(set) var involved: ObjectReference
    /// `spec.containers{app}`
    private(set) var fieldPath: String
    private(set) var reason: String
    private(set) var message: String
    private(set) var isWarning: Bool
    private(set) var count: Int
    private(set) var first: Timestamp
    private(set) var last: Timestamp
    private(set) var component: String
    private(set) var host: String

    init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        namespace = metadata.namespace
        name = metadata.name
        uid = metadata.uid
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
        // Order of CHECKS.md §0; Go's zero time parses to nil.
        let times = [
            object["lastTimestamp"], series?["lastObservedTime"], object["eventTime"], object["firstTimestamp"],
            object["metadata"]?["creationTimestamp"],
        ].map { $0.flatMap { KubernetesTime.parse($0) } }
        guard let last = times.compactMap({ $0 }).first else { return nil }
        self.last = last
        first = min(times[3] ?? times[2] ?? metadata.created ?? last, last)
    }

    /// The container that the field path names; empty for the pod as a whole.
    var container: String {
        guard let start = fieldPath.firstIndex(of: "{"), let end = fieldPath.lastIndex(of: "}"), start < end else {
            return ""
        }
        return String(fieldPath[fieldPath.index(after: start)..<end])
    }

    /// The node that it is about or that reported it.
    var node: String { involved.kind == "Node" ? involved.name : host }
}
