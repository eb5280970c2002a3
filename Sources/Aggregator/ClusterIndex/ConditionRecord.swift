import Findings
import KubernetesAPI
package import Platform

/// A `status.conditions` entry of any kind.
package struct ConditionRecord: Sendable, Equatable {
    package var type: String
    /// `True`, `False` or `Unknown`; whatever else a server writes is kept as it is.
    package var status: String
    package var reason: String
    package var message: String
    package var heartbeat: Timestamp?
    package var transition: Timestamp?

    init(_ value: JSONValue, _ texts: inout TextInterner) {
        type = texts.text(value["type"])
        status = texts.text(value["status"])
        reason = texts.text(value["reason"])
        message = texts.text(value["message"])
        heartbeat = value["lastHeartbeatTime"].flatMap { KubernetesTime.parse($0) }
        transition = value["lastTransitionTime"].flatMap { KubernetesTime.parse($0) }
    }

    static func list(_ object: JSONValue, _ texts: inout TextInterner) -> [ConditionRecord] {
        var all: [ConditionRecord] = []
        for value in object["status"]?.list("conditions") ?? object.list("conditions") {
            all.append(ConditionRecord(value, &texts))
        }
        return all
    }
}
