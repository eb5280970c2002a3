package import Findings
package import KubernetesAPI
package import Platform

/// What is kept of a Pod: identity, owner, node, phase, and the status of its containers. A hundred thousand of them must fit.
package final class PodRecord: ClusterRecord {
    package let metadata: RecordMetadata
    package let node: String
    package let phase: String
    /// `Evicted`, `Shutdown`, `Preempting`, …
    package let reason: String
    package let message: String
    package let ownerKind: String
    package let ownerName: String
    package let labels: LabelSet
    package let scheduler: String
    package let ready: PodCondition?
    package let scheduled: PodCondition?
    package let hasGates: Bool
    let graceSeconds: Double
    package let claims: [String]
    package let containers: [ContainerRecord]
    /// The id that names a static pod's cgroup; its API object has another UID.
    package let configHash: String
    /// Arguments of control-plane containers; nothing for all others.
    package let arguments: [String]

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }
    package var reference: ObjectReference { metadata.reference("Pod") }
    package var isReady: Bool { ready?.status == "True" }
    /// It has ended and will not run again.
    package var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let meta = object["metadata"], spec = object["spec"], status = object["status"]
        node = texts.text(spec?["nodeName"])
        phase = texts.text(status?["phase"])
        reason = texts.text(status?["reason"])
        message = texts.text(status?["message"])
        let owner = meta?.list("ownerReferences").first { $0["controller"]?.bool ?? false }
        ownerKind = texts.text(owner?["kind"])
        ownerName = texts.text(owner?["name"])
        labels = texts.labels(meta?["labels"])
        scheduler = texts.text(spec?["schedulerName"])
        hasGates = spec?["schedulingGates"]?.elements.first { _ in true } != nil
        graceSeconds = meta?["deletionGracePeriodSeconds"]?.double ?? 30
        configHash = texts.text(meta?["annotations"]?["kubernetes.io/config.hash"])
        var ready: PodCondition?, scheduled: PodCondition?
        for condition in status?.list("conditions") ?? object.list("conditions") {
            if condition["type"]?.equals("Ready") == true { ready = PodCondition(condition, &texts) }
            if condition["type"]?.equals("PodScheduled") == true { scheduled = PodCondition(condition, &texts) }
        }
        self.ready = ready
        self.scheduled = scheduled
        var claims: [String] = []
        for volume in spec?.list("volumes") ?? object.list("volumes") {
            if let claim = volume["persistentVolumeClaim"]?["claimName"] { claims.append(texts.text(claim)) }
        }
        self.claims = claims
        var containers: [ContainerRecord] = []
        for container in status?.list("initContainerStatuses") ?? object.list("initContainerStatuses") {
            containers.append(ContainerRecord(container, isInit: true, &texts))
        }
        for container in status?.list("containerStatuses") ?? object.list("containerStatuses") {
            containers.append(ContainerRecord(container, isInit: false, &texts))
        }
        self.containers = containers
        var arguments: [String] = []
        if labels.labels["component"] != nil, metadata.namespace == "kube-system" {
            for container in spec?.list("containers") ?? object.list("containers") {
                arguments += (container.list("command").map { $0 } + container.list("args").map { $0 }).compactMap(
                    \.string)
            }
        }
        self.arguments = arguments
    }
}

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
            started = value["startedAt"].flatMap { KubernetesTime.parse($0) }
            finished = value["finishedAt"].flatMap { KubernetesTime.parse($0) }
        }

        package static func == (a: Termination, b: Termination) -> Bool {
            a.reason == b.reason && a.message == b.message && a.exitCode == b.exitCode && a.finished == b.finished
        }
    }

    package var name: String
    /// The first twelve hexadecimal digits of the runtime's id, which is what a cgroup path is matched by.
    package var shortID: String
    var isInit: Bool
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
