import Checks
import ClusterIndex
package import Findings
import KubernetesAPI
import Platform
import Wire

/// What happened to one node, pod or Deployment, in order of time, with what changed before it began.
package struct Timeline: Codable, Equatable, Sendable {
    /// Changes this long before the first bad thing are looked at.
    static let changeSeconds = 1800.0

    package struct Entry: Codable, Equatable, Sendable {
        package var time: ReportTime
        /// nil: neither good nor bad.
        package var severity: Severity?
        /// `condition`, `event`, `kernel`, `pod`, `taint`, `replicaset`, `field`.
        package var source: String
        package var object: String
        package var text: String
        package var count: Int
        /// Something was made different: a new version, a new node, a cordon.
        var isChange: Bool
    }

    /// `node/node3`
    package var object: String
    /// One line on how it is now.
    package var state: String
    /// What explains it, from the report; empty: no incident is known.
    package var causes: [String]
    /// Why those are the causes: mechanisms, what was ruled out, what was not observed.
    package var proof: [String] = []
    package var pods: Int
    /// Workloads without a replica left.
    package var lost: [String]
    /// What the sick ones share and the healthy do not.
    package var common: [String]
    /// Since when all of the API's Events are known; nil: they were not read.
    package var eventsSince: ReportTime?
    /// When the first bad thing happened; nil: none did.
    package var began: ReportTime?
    package var changes: [Entry]
    package var entries: [Entry]
    /// What could not be read for it.
    package var gaps: [String]
}

/// Collects entries and puts them in order. Pure.
struct TimelineBuilder {
    /// Entries that are kept, the latest.
    static let entriesMax = 500

    struct Moment: Equatable, Sendable {
        var time: Timestamp
        var severity: Severity?
        var source: String
        var object: String
        var text: String
        var count = 1
        var isChange = false
    }

    let since: Timestamp
    private(set) var moments: [Moment] = []

    init(since: Timestamp) { self.since = since }

    mutating func add(_ moment: Moment) {
        guard !moments.contains(moment) else { return }
        moments.append(moment)
    }

    mutating func add(
        _ time: Timestamp?, _ severity: Severity?, _ source: String, _ object: String, _ text: String, count: Int = 1,
        isChange: Bool = false
    ) {
        guard let time else { return }
        add(
            Moment(
                time: time, severity: severity, source: source, object: object, text: text, count: count,
                isChange: isChange))
    }

    /// All in the window, and the changes before the first bad one, which may lie before the window.
    func build() -> (entries: [Timeline.Entry], changes: [Timeline.Entry], began: Timestamp?) {
        let sorted = moments.sorted {
            ($0.time, $0.source, $0.object, $0.text) < ($1.time, $1.source, $1.object, $1.text)
        }
        let inside = sorted.filter { $0.time >= since }
        let began = inside.first { ($0.severity ?? .info) >= .warning }?.time
        let changes = began.map { began in
            sorted.filter { $0.isChange && $0.time <= began && began.seconds(since: $0.time) <= Timeline.changeSeconds }
        }
        return (inside.suffix(Self.entriesMax).map(Self.entry), (changes ?? []).map(Self.entry), began)
    }

    private static func entry(_ moment: Moment) -> Timeline.Entry {
        Timeline.Entry(
            time: ReportTime(moment.time), severity: moment.severity, source: moment.source, object: moment.object,
            text: TextSafety.printable(moment.text), count: moment.count, isChange: moment.isChange)
    }

    // MARK: What objects tell

    private static let judged = Catalogue.builtIn.judgedConditions

    /// When a node joined, its conditions and taints, and who cordoned it.
    mutating func addNode(_ object: JSONValue?, _ node: NodeRecord) {
        let name = "node/\(node.name)"
        add(node.metadata.created, nil, "node", name, "joined the cluster (\(versions(node)))", isChange: true)
        for condition in node.conditions {
            let isBad = Self.judged[condition.type]?.isBad(condition.status) ?? false
            let words = [condition.reason, condition.message].filter { !$0.isEmpty }.joined(separator: ": ")
            add(
                condition.transition, isBad ? (condition.type == "Ready" ? .fatal : .danger) : nil, "condition", name,
                "\(condition.type) became \(condition.status)\(words.isEmpty ? "" : ": \(words)")")
        }
        for taint in node.taints {
            add(
                taint.added, taint.effect == "PreferNoSchedule" ? nil : .warning, "taint", name,
                "\(taint.key)\(taint.value.isEmpty ? "" : "=\(taint.value)"):\(taint.effect)", isChange: true)
        }
        for owner in object.map(FieldOwner.all) ?? [] where owner.sets("f:unschedulable") {
            add(owner.time, nil, "field", name, "cordoned by \(owner.manager)", isChange: true)
        }
    }

    func versions(_ node: NodeRecord) -> String {
        ["kubelet \(node.kubelet)", "kernel \(node.kernel)", node.osImage, node.runtime].filter {
            !$0.isEmpty && !$0.hasSuffix(" ")
        }
        .joined(separator: ", ")
    }

    /// A pod's conditions and what its containers went through.
    mutating func addPod(_ pod: PodRecord, isMain: Bool) {
        let name = "pod/\(pod.name)"
        if isMain {
            add(pod.metadata.created, nil, "pod", name, "created", isChange: true)
            if let scheduled = pod.scheduled {
                let isBad = scheduled.status != "True"
                add(
                    scheduled.transition, isBad ? .danger : nil, "condition", name,
                    isBad ? "not scheduled: \(scheduled.message)" : "scheduled to \(pod.node)")
            }
            add(pod.metadata.deleted, .warning, "pod", name, "its deletion is due")
        }
        if let ready = pod.ready, isMain || ready.status != "True" {
            add(
                ready.transition, ready.status == "True" || pod.isFinished ? nil : .warning, "condition", name,
                "Ready became \(ready.status)\(ready.message.isEmpty ? "" : ": \(ready.message)")")
        }
        if pod.phase == "Failed", !pod.reason.isEmpty {
            add(pod.ready?.transition ?? pod.metadata.created, .warning, "pod", name, "\(pod.reason): \(pod.message)")
        }
        for container in pod.containers {
            switch container.state {
            case .running(let since):
                if isMain { add(since, nil, "container", name, "container \(container.name) started") }
            case .waiting(let reason, let message):
                if !["", "PodInitializing", "ContainerCreating"].contains(reason) {
                    add(
                        pod.ready?.transition ?? pod.metadata.created, .danger, "container", name,
                        "container \(container.name) waits: \(reason)\(message.isEmpty ? "" : ": \(message)")")
                }
            case .terminated(let end): addEnd(end, container, name)
            case .unknown: break
            }
            if let last = container.last { addEnd(last, container, name) }
        }
    }

    private mutating func addEnd(_ end: ContainerRecord.Termination, _ container: ContainerRecord, _ name: String) {
        let isBad = end.exitCode != 0 || end.reason == "OOMKilled"
        add(
            end.finished, isBad ? .warning : nil, "container", name,
            "container \(container.name) ended: \(end.reason) (exit \(end.exitCode))\(end.message.isEmpty ? "" : ": \(end.message)")"
        )
    }

    mutating func addEvent(_ event: EventRecord) {
        let isChange = [
            "Rebooted", "Starting", "NodeNotSchedulable", "RegisteredNode", "ScalingReplicaSet", "NodeSchedulable",
        ].contains(event.reason)
        add(
            event.last, event.isWarning ? .warning : nil, "event",
            "\(event.involved.kind.lowercased())/\(event.involved.name)",
            "\(event.reason): \(event.message)", count: event.count, isChange: isChange)
    }

    /// Kernel lines, unit restarts and gauges that an agent saw.
    mutating func addFinding(_ finding: Finding) {
        let object = "node/\(finding.node)"
        add(
            finding.first, finding.detection.severity, finding.evidence.first?.source ?? "agent", object,
            "\(finding.detection.reason): \(finding.detection.message)", count: finding.count)
        for evidence in finding.evidence.dropFirst() where evidence.text != finding.detection.message {
            add(evidence.time, finding.detection.severity, evidence.source, object, evidence.text)
        }
        add(finding.resolvedAt, nil, "agent", object, "\(finding.detection.reason) ended")
    }

    /// A kernel, kubelet, runtime or system that was another one before.
    mutating func addVersion(_ change: NodeChange) {
        add(
            change.time, nil, "node", "node/\(change.node)", "\(change.what) \(change.old) became \(change.new)",
            isChange: true)
    }

    /// A new template: which images, and which revision.
    mutating func addReplicaSet(_ object: JSONValue) {
        let metadata = object["metadata"]
        let images = object["spec"]?["template"]?["spec"]?.list("containers").compactMap { $0["image"]?.string } ?? []
        let revision = metadata?["annotations"]?["deployment.kubernetes.io/revision"]?.string ?? "?"
        add(
            metadata?["creationTimestamp"].flatMap { KubernetesTime.parse($0) }, nil, "replicaset",
            "replicaset/\(metadata?["name"]?.string ?? "")", "revision \(revision): \(images.joined(separator: ", "))",
            isChange: true)
    }

    /// Who changed the specification last, of each client that did.
    mutating func addOwners(of object: JSONValue, name: String) {
        for owner in FieldOwner.all(object) where owner.sets("f:spec") && !owner.isStatus {
            add(owner.time, nil, "field", name, "specification written by \(owner.manager)", isChange: true)
        }
    }
}

/// An entry of `metadata.managedFields`: who wrote what, and when last.
struct FieldOwner {
    var manager: String
    var time: Timestamp?
    var isStatus: Bool
    private var fields: JSONValue?

    static func all(_ object: JSONValue) -> [FieldOwner] {
        object["metadata"]?.list("managedFields").map { value in
            FieldOwner(
                manager: value["manager"]?.string ?? "unknown",
                time: value["time"].flatMap { KubernetesTime.parse($0) },
                isStatus: value["subresource"]?.equals("status") ?? false, fields: value["fieldsV1"])
        } ?? []
    }

    /// Whether a field with this name, at any depth, is among what it wrote.
    func sets(_ name: String) -> Bool { fields.map { Self.holds($0, name, depth: 0) } ?? false }

    private static func holds(_ value: JSONValue, _ name: String, depth: Int) -> Bool {
        guard depth < 6 else { return false }
        return value.members.contains { $0.key == name || holds($0.value, name, depth: depth + 1) }
    }
}
