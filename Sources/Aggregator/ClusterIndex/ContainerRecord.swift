import Findings
import KubernetesAPI
package import Platform

/// The status of one container.
package struct ContainerRecord: Sendable {
    package enum State: Sendable, Equatable {
        case unknown
        case running(since: Timestamp?)
        case waiting(reason: String, message: String)
        case terminated(Termination)
    }

    package final class Termination: Sendable, Equatable {
        package let reason: String
        package let message: String
        package let exitCode: Int
        package let started: Timestamp?
        package let finished: Timestamp?

        init(_ value: JSONValue, _ texts: inout TextInterner) {
            reason = texts.text(value["reason"])
            message = texts.text(value["message"])
            exitCode = value["exitCode"]?.integer ?? 0
            // A container that never ran has Unix time zero (containerd's StartError): that is no time.
            started = value["startedAt"].flatMap { KubernetesTime.parse($0) }.flatMap { $0.microseconds > 0 ? $0 : nil }
            finished = value["finishedAt"].flatMap { KubernetesTime.parse($0) }.flatMap {
                $0.microseconds > 0 ? $0 : nil
            }
        }

        package static func == (a: Termination, b: Termination) -> Bool {
            a.reason == b.reason && a.message == b.message && a.exitCode == b.exitCode && a.finished == b.finished
        }
    }

    package var name: String
    /// The first twelve hexadecimal digits of the runtime's id, which is what a cgroup path is matched by.
    package var shortID: String
    package var isInit: Bool
    /// An init container that goes on running beside the others (`restartPolicy: Always`).
    package var isSidecar = false
    /// It runs, and its startup probe has succeeded.
    package var isStarted: Bool
    package var isReady: Bool
    package var restarts: Int
    package var state: State
    package var last: Termination?

    init(_ value: JSONValue, isInit: Bool, _ texts: inout TextInterner) {
        name = texts.text(value["name"])
        shortID =
            value["containerID"]?.withBytes { bytes in
                // containerd://4f3a…
                let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
                return String(decoding: bytes[start..<min(start + 12, bytes.count)], as: UTF8.self)
            } ?? ""
        self.isInit = isInit
        isStarted = value["started"]?.bool ?? false
        isReady = value["ready"]?.bool ?? false
        restarts = value["restartCount"]?.integer ?? 0
        let state = value["state"]
        if let running = state?["running"] {
            self.state = .running(since: running["startedAt"].flatMap { KubernetesTime.parse($0) })
        } else if let waiting = state?["waiting"] {
            self.state = .waiting(reason: texts.text(waiting["reason"]), message: texts.text(waiting["message"]))
        } else if let terminated = state?["terminated"] {
            self.state = .terminated(Termination(terminated, &texts))
        } else {
            self.state = .unknown
        }
        last = value["lastState"]?["terminated"].map { Termination($0, &texts) }
    }

    package var waitingReason: String {
        if case .waiting(let reason, _) = state { reason } else { "" }
    }

    /// Whether `texts` has any.
    package var hasTexts: Bool {
        if let last, !last.message.isEmpty { return true }
        switch state {
        case .waiting(_, let message): return !message.isEmpty
        case .terminated(let end): return !end.message.isEmpty
        case .running, .unknown: return false
        }
    }

    /// Texts of its state and its last one, with when they came to be.
    package var texts: [(text: String, time: Timestamp?)] {
        var all: [(String, Timestamp?)] = []
        switch state {
        case .waiting(_, let message): all.append((message, nil))
        case .terminated(let end): all.append((end.message, end.finished))
        case .running, .unknown: break
        }
        if let last { all.append((last.message, last.finished)) }
        return all.filter { !$0.0.isEmpty }
    }
}
