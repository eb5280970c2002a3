import Findings
import KubernetesAPI
package import Platform

/// A condition of a pod, small: a hundred thousand pods have two each, and nearly all are True and say nothing more.
package struct PodCondition: Sendable, Equatable {
    private final class Words: Sendable, Equatable {
        let status: String
        let reason: String
        let message: String

        init(_ status: String, _ reason: String, _ message: String) {
            self.status = status
            self.reason = reason
            self.message = message
        }

        static func == (a: Words, b: Words) -> Bool {
            a === b || a.status == b.status && a.reason == b.reason && a.message == b.message
        }
    }

    package let transition: Timestamp?
    /// nil: True, without a reason or message.
    private let words: Words?

    package var status: String { words?.status ?? "True" }
    package var reason: String { words?.reason ?? "" }
    package var message: String { words?.message ?? "" }

    init(_ value: JSONValue, _ texts: inout TextInterner) {
        transition = value["lastTransitionTime"].flatMap { KubernetesTime.parse($0) }
        let status = value["status"], reason = texts.text(value["reason"]), message = texts.text(value["message"])
        let isPlain = status?.equals("True") == true && reason.isEmpty && message.isEmpty
        words = isPlain ? nil : Words(texts.text(status), reason, message)
    }
}
