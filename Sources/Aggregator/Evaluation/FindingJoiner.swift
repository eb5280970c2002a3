import CheckModel
import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// Joins the findings of one part of a cluster that are about the same thing, from both sides. Linear: partners are
/// looked up, by object, process, container and deadline.
struct FindingJoiner {
    /// Evidence this close in time is one finding.
    static let windowSeconds = 600.0
    /// For process ids, which are used again.
    static let pidSeconds = 60.0

    let view: ClusterView
    private var findings: [EvaluatedFinding.Content] = []
    /// By a seeded hash of what makes two findings one: users choose the names, and must not be able to construct a
    /// collision.
    private var byKey: [Int: Int] = [:]
    /// Places of findings about the node itself: by check, and by check and subject.
    private var atNode: [String: [Int]] = [:]
    private var atNodeBySubject: [String: [Int]] = [:]
    /// Places of findings that the deadline joins, by check and deadline.
    private var byDeadline: [String: Int] = [:]
    private var kills: [EvaluatedFinding.Content] = []

    init(view: ClusterView) { self.view = view }

    // MARK: The cluster's side

    mutating func add(cluster finding: CheckFinding) {
        var detection = Detection(
            check: finding.check, rule: finding.check, reason: finding.reason, severity: finding.severity,
            object: finding.object, subject: finding.subject, message: finding.message, also: finding.also,
            remedy: Catalogue.builtIn[finding.check]?.remedy.en ?? "", deadline: finding.deadline)
        detection.also.removeAll { $0 == finding.check }
        // A node has one id whoever names it, with its UID or without.
        if finding.object.kind == "Node" { detection.object.uid = "" }
        let id = detection.key
        detection.object = finding.object
        var joined = EvaluatedFinding.Content(
            id: id, node: finding.node, detection: detection, first: finding.first, last: finding.last,
            count: finding.count, isState: finding.isState, evidence: finding.evidence, table: finding.table)
        joined.events = finding.events
        describeObject(&joined)
        join(joined)
    }

    /// - Parameter apart: what keeps it from all others.
    private mutating func join(_ finding: consuming EvaluatedFinding.Content, apart: String = "") {
        var hasher = Hasher()
        for part in finding.keyParts { hasher.combine(part) }
        hasher.combine(apart)
        let key = hasher.finalize()
        if let position = byKey[key] {
            findings[position].absorb(finding)
            return
        }
        let position = findings.count, detection = finding.detection
        byKey[key] = position
        if detection.object.kind == "Node" {
            atNode[detection.check, default: []].append(position)
            atNodeBySubject[Self.key(detection.check, detection.subject), default: []].append(position)
        }
        if let deadline = detection.deadline {
            let key = Self.key(detection.check, String(deadline.microseconds))
            if byDeadline[key] == nil { byDeadline[key] = position }
        }
        findings.append(finding)
    }

    private static func key(_ parts: String...) -> String { parts.joined(separator: "\u{1F}") }

    /// Owner and labels, from the index.
    private func describeObject(_ finding: inout EvaluatedFinding.Content) {
        let object = finding.detection.object
        switch object.kind {
        case "Pod":
            // Looked for by UID only where there is no name: many events are about pods that are gone.
            let named = object.name.isEmpty ? view.pod(uid: object.uid) : view.index.pods[object.namespace, object.name]
            guard let pod = named else { return }
            let owner = view.owner(of: pod)
            if owner != pod.reference { finding.owner = owner }
            finding.labels = pod.labels.labels
            if finding.node.isEmpty { finding.node = pod.node }
        case "Node": finding.labels = view.index.nodes[object.name]?.labels ?? [:]
        case "Service":
            guard let service = view.index.services[object.namespace, object.name], !service.selector.isEmpty else {
                return
            }
            finding.owner = view.pods(in: object.namespace, matching: service.selector).first.map { view.owner(of: $0) }
            finding.labels = service.selector
        case "Deployment", "StatefulSet", "DaemonSet":
            finding.owner = ObjectReference(
                kind: object.kind, namespace: object.namespace, name: object.name, uid: object.uid)
            let table = view.workloads.first { $0.0 == object.kind }?.2
            finding.labels = table?[object.namespace, object.name]?.labels ?? [:]
        case "ReplicaSet":
            // Its events are about what its Deployment does.
            if let dash = object.name.lastIndex(of: "-"),
                let deployment = view.index.deployments[object.namespace, String(object.name[..<dash])]
            {
                finding.owner = deployment.metadata.reference("Deployment")
                finding.labels = deployment.labels
            }
        default: break
        }
    }

    // MARK: The agents' side

    /// An agent's finding as it stands, with what the API knows of its object.
    func described(_ finding: Finding) -> EvaluatedFinding.Content {
        var detection = finding.detection
        if let severity = view.settings.severities[detection.check] { detection.severity = severity }
        var described = EvaluatedFinding.Content(
            id: finding.id, node: finding.node, detection: detection, first: finding.first, last: finding.last,
            count: finding.count, isState: finding.isState, evidence: finding.evidence, table: Self.table(finding))
        described.condition = finding.condition
        described.resolvedAt = finding.resolvedAt
        described.isDemo = finding.isDemonstration
        described.hasAgent = true
        described.detection.message = named(described.detection.message)
        attribute(&described)
        describeObject(&described)
        return described
    }

    mutating func add(agent finding: Finding) {
        var found = described(finding)
        let check = found.detection.check, entry = Catalogue.builtIn[check]
        if let severity = entry?.whenNotReady, view.notReady(found.node) != nil { found.detection.severity = severity }
        if entry?.join == .process {
            // Joined when all are known: by process, and by container.
            kills.append(found)
            return
        }
        if entry?.join == .deadline, let deadline = found.detection.deadline,
            let position = byDeadline[Self.key(check, String(deadline.microseconds))]
        {
            // The file and the handshake show the same certificate.
            findings[position].absorb(found)
            return
        }
        guard found.detection.object.kind == "Node" else { return join(found) }
        if let position = partner(of: found) {
            findings[position].absorb(found)
        } else if let verdict = view.notReady(found.node), verdict.primary != check, verdict.also.contains(check),
            let position = atNode[verdict.primary]?.first(where: {
                findings[$0].isState && findings[$0].node == found.node
            })
        {
            // One row says why the node is not ready; this is proof for it.
            findings[position].evidence = Array(
                (findings[position].evidence + found.evidence).prefix(Evidence.perFindingMax))
            findings[position].hasAgent = true
        } else {
            join(found, apart: found.id)
        }
    }

    /// The finding of the same check at the same node: about the same subject, or one of the two names none.
    private func partner(of found: EvaluatedFinding.Content) -> Int? {
        let check = found.detection.check, subject = found.detection.subject
        let places =
            subject.isEmpty
            ? atNode[check, default: []]
            : atNodeBySubject[Self.key(check, subject), default: []] + atNodeBySubject[Self.key(check, ""), default: []]
        return places.filter { place in
            findings[place].node == found.node
                && (findings[place].isState && found.isState
                    || abs(findings[place].last.seconds(since: found.last)) <= Self.windowSeconds)
        }.min()
    }

    /// `top: pod <uid>` of a gauge with the pod's name, where the API knows it.
    private func named(_ message: String) -> String {
        guard let uid = GaugeText.topPod(in: message), let pod = view.pod(uid: String(message[uid])) else {
            return message
        }
        return message[..<uid.lowerBound].dropLast(4) + "\(pod.namespace)/\(pod.name)" + message[uid.upperBound...]
    }

    /// Names the pod, its container and its workload for a finding that knows a cgroup only.
    private func attribute(_ finding: inout EvaluatedFinding.Content) {
        guard finding.detection.object.kind == "Pod" else { return }
        let object = finding.detection.object
        let pod = view.pod(uid: object.uid) ?? view.index.pods[object.namespace, object.name]
        guard let pod else {
            let isListed = view.isComplete(.pods, in: object.namespace.isEmpty ? nil : object.namespace)
            guard isListed else { return }
            let name = object.name.isEmpty ? "pod uid \(object.uid)" : "pod \(object.namespace)/\(object.name)"
            finding.detection.message += " [\(name) (gone)]"
            if object.name.isEmpty {
                finding.detection.object = view.index.nodes[finding.node]?.reference ?? .node(finding.node)
            }
            return
        }
        finding.detection.object = pod.reference
        let subject = finding.detection.subject
        if let container = pod.containers.first(where: {
            $0.name == subject || !$0.shortID.isEmpty && $0.shortID == subject.prefix(12)
        })
            ?? (pod.containers.count == 1 ? pod.containers.first : nil)
        {
            finding.detection.subject = container.name
        }
        finding.detection.message += " [\(view.placeText(pod, container: finding.detection.subject))]"
    }

    private static func table(_ finding: Finding) -> ReportTable {
        if finding.detection.deadline != nil { return .certificates }
        guard finding.isState else { return .events }
        return Catalogue.builtIn[finding.detection.check]?.agentTable ?? .nodes
    }

    // MARK: The end

    mutating func finish() -> [EvaluatedFinding.Content] {
        joinKills()
        noteRenewedCertificate()
        return findings
    }

    /// A kernel line, the kubelet's SystemOOM event and the container's OOMKilled status are one finding.
    private mutating func joinKills() {
        if kills.isEmpty { return }
        var byPid: [String: [Int]] = [:], byContainer: [String: [Int]] = [:], byPod: [String: [Int]] = [:]
        for (place, finding) in findings.enumerated() {
            let detection = finding.detection, entry = Catalogue.builtIn[detection.check]
            if entry?.join == .process, !finding.hasAgent, let pid = Self.pid(detection.subject) {
                byPid[Self.key(finding.node, detection.check, pid), default: []].append(place)
            } else if entry?.join == .container, detection.object.kind == "Pod" {
                let pod = Self.key(finding.node, detection.object.namespace, detection.object.name)
                byPod[pod, default: []].append(place)
                byContainer[Self.key(pod, detection.subject), default: []].append(place)
            }
        }
        var gone: Set<Int> = []
        for var kill in kills {
            let pids = Set(
                kill.evidence.compactMap { NodeOOMCheck.pid(of: $0.text) }
                    + [NodeOOMCheck.pid(of: kill.detection.message)].compactMap { $0 })
            let events = pids.flatMap { byPid[Self.key(kill.node, kill.detection.check, $0), default: []] }
            for place in events.sorted() where !gone.contains(place) && Self.isSame(findings[place], kill) {
                kill.absorbProof(findings[place])
                gone.insert(place)
            }
            if kill.detection.object.kind == "Pod" {
                let pod = Self.key(kill.node, kill.detection.object.namespace, kill.detection.object.name)
                let ends =
                    kill.detection.subject.isEmpty
                    ? byPod[pod, default: []] : byContainer[Self.key(pod, kill.detection.subject), default: []]
                for place in ends where !gone.contains(place) {
                    let other = findings[place]
                    guard other.detection.object == kill.detection.object,
                        kill.detection.subject.isEmpty || other.detection.subject == kill.detection.subject,
                        abs(other.last.seconds(since: kill.last)) <= Self.windowSeconds
                    else { continue }
                    if kill.detection.subject.isEmpty { kill.detection.subject = other.detection.subject }
                    kill.absorbProof(other)
                    kill.detection.also = Array(Set(kill.detection.also + [other.detection.check])).sorted()
                    gone.insert(place)
                }
            }
            findings.append(kill)
        }
        findings = findings.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
    }

    /// Process ids are used again: only a kill of the same minute, or while these were counted, is the same.
    private static func isSame(_ event: EvaluatedFinding.Content, _ kill: EvaluatedFinding.Content) -> Bool {
        // The API dates events in whole seconds, so that the first kill's event may seem to come before its line.
        event.last.seconds(since: kill.last) <= pidSeconds && kill.first.seconds(since: event.last) <= pidSeconds
    }

    private static func pid(_ subject: String) -> String? {
        subject.hasPrefix("pid ") ? String(subject.dropFirst(4)) : nil
    }

    /// The agent judged the file good, the handshake still shows the old one: it was renewed, and the server was not
    /// restarted.
    private mutating func noteRenewedCertificate() {
        guard
            let position = findings.firstIndex(where: {
                Catalogue.builtIn[$0.detection.check]?.join == .deadline && !$0.hasAgent
            })
        else { return }
        if view.isHealthyAtAgents(findings[position].detection.check) {
            findings[position].detection.message += "; renewed on disk, not served yet"
        }
    }
}

extension ClusterView {
    /// `pod shop/web-7d9f, container app, Deployment web`
    func placeText(_ pod: PodRecord, container: String) -> String {
        let owner = owner(of: pod)
        let workload = owner.kind == "Pod" ? "" : ", \(owner.kind) \(owner.name)"
        let isContainer = pod.containers.contains { $0.name == container }
        return "pod \(pod.namespace)/\(pod.name)\(isContainer ? ", container \(container)" : "")\(workload)"
    }
}
