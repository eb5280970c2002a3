import CheckModel
import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// When an object's trouble ended, as far as the object says: it is gone, or it is well again.
///
/// nil everywhere means that the trouble is not known to be over.
final class ObjectEnds {
    /// A workload that is whole this long after an event did not see it again.
    static let settledSeconds = 60.0
    /// What ends when the pod's containers start.
    static let startReasons: Set<String> = [
        "FailedCreatePodSandBox", "FailedMount", "FailedAttachVolume", "FailedMapVolume", "NetworkNotReady",
        "FailedSync",
    ]

    private let view: ClusterView
    private let now: ReadTime
    /// Of each CronJob by namespace and name, when its newest Job was made and whether that is complete.
    private var newestJobs: [String: [String: (created: Timestamp, isComplete: Bool)]] = [:]

    init(_ view: ClusterView) {
        self.view = view
        now = view.machineTime
    }

    /// All objects of this kind are known there: one that is not there is gone.
    private func isListed(_ kind: ClusterKind, in namespace: String? = nil) -> Bool {
        view.isComplete(kind, in: namespace)
    }

    func end(of finding: EvaluatedFinding.Content) -> Timestamp? {
        let object = finding.detection.object, last = finding.last, index = view.index
        switch object.kind {
        case "Pod": return pod(finding)
        case "Node": return node(finding)
        case "Deployment":
            return workload(index.deployments[object.namespace, object.name], .deployments, in: object.namespace, last)
        case "StatefulSet":
            return workload(
                index.statefulsets[object.namespace, object.name], .statefulsets, in: object.namespace, last)
        case "DaemonSet":
            return workload(index.daemonsets[object.namespace, object.name], .daemonsets, in: object.namespace, last)
        case "ReplicaSet": return replicaSet(finding)
        case "Job": return job(object, last)
        case "CronJob":
            guard let job = index.cronjobs[object.namespace, object.name] else {
                return isListed(.cronjobs, in: object.namespace) ? last : nil
            }
            return job.lastScheduled.flatMap { $0 >= last ? $0 : nil }
        case "HorizontalPodAutoscaler": return autoscaler(object, last)
        case "PersistentVolumeClaim":
            guard let claim = index.persistentvolumeclaims[object.namespace, object.name] else {
                return isListed(.persistentvolumeclaims, in: object.namespace) ? last : nil
            }
            return claim.phase == "Bound" ? last : nil
        case "Service":
            return gone(.services, in: object.namespace, index.services[object.namespace, object.name] == nil, last)
        case "Ingress":
            return gone(.ingresses, in: object.namespace, index.ingresses[object.namespace, object.name] == nil, last)
        case "PodDisruptionBudget":
            return gone(
                .poddisruptionbudgets, in: object.namespace,
                index.poddisruptionbudgets[object.namespace, object.name] == nil, last)
        case "ResourceQuota":
            return gone(
                .resourcequotas, in: object.namespace, index.resourcequotas[object.namespace, object.name] == nil, last)
        case "Namespace": return gone(.namespaces, index.namespaces[object.name] == nil, last)
        default: return nil
        }
    }

    private func gone(
        _ kind: ClusterKind, in namespace: String? = nil, _ isMissing: Bool, _ last: Timestamp
    ) -> Timestamp? {
        isMissing && isListed(kind, in: namespace) ? last : nil
    }

    /// As objects of the API are named (RFC 1123); of anything else nobody can say that it is gone.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
            }
    }

    // MARK: Pods

    private func pod(_ finding: EvaluatedFinding.Content) -> Timestamp? {
        let object = finding.detection.object, last = finding.last
        guard let pod = view.index.pods[object.namespace, object.name] else {
            return isListed(.pods, in: object.namespace) && Self.isName(object.name) ? last : nil
        }
        // Another pod of the same name; events of static pods carry the id of their configuration.
        let uid = finding.events.last?.involved.uid ?? ""
        if !uid.isEmpty, !pod.metadata.uid.isEmpty, uid != pod.metadata.uid, uid != pod.configHash { return last }
        if pod.phase == "Succeeded" { return max(last, pod.ready?.transition ?? last) }
        if pod.isReady, let since = pod.ready?.transition, since >= last { return since }
        let reason = finding.detection.reason
        // A kubelet that was only stopped puts the pod's old condition back, with the time that it had.
        if reason == "NodeNotReady", pod.isReady, let since = readySince(pod.node, after: last) { return since }
        if reason == "FailedScheduling", !pod.node.isEmpty { return max(last, pod.scheduled?.transition ?? last) }
        if Self.startReasons.contains(reason) { return containerStart(pod, after: last) }
        if reason == "Failed", let container = finding.container {
            return pod.containers.first { $0.name == container }.flatMap { Self.running($0, after: last) }
        }
        return nil
    }

    /// `last` where the pod is known to be gone, by its UID where that is known.
    func goneSince(_ pod: ObjectReference, _ last: Timestamp) -> Timestamp? {
        guard !pod.name.isEmpty, isListed(.pods, in: pod.namespace), Self.isName(pod.name) else { return nil }
        guard let live = view.index.pods[pod.namespace, pod.name] else { return last }
        let isOther = !pod.uid.isEmpty && live.metadata.uid != pod.uid && live.configHash != pod.uid
        return isOther ? last : nil
    }

    /// When a pod became ready, where it has been so for long enough since `first`.
    func recoveredSince(_ pod: ObjectReference, _ first: Timestamp) -> Timestamp? {
        guard let live = view.index.pods[pod.namespace, pod.name], live.isReady, let since = live.ready?.transition,
            since >= first, now.seconds(since: since) >= CheckTimes.recoveredSeconds
        else { return nil }
        return since
    }

    /// A pod whose sandbox or volumes failed has them when one of its containers starts.
    private func containerStart(_ pod: PodRecord, after last: Timestamp) -> Timestamp? {
        pod.containers.compactMap { container -> Timestamp? in
            let times = [Self.start(container), container.last?.started].compactMap { $0 }
            return times.filter { $0 >= last }.min()
        }.min()
    }

    private static func start(_ container: ContainerRecord) -> Timestamp? {
        switch container.state {
        case .running(let since): since
        case .terminated(let end): end.started
        case .waiting, .unknown: nil
        }
    }

    private static func running(_ container: ContainerRecord, after last: Timestamp) -> Timestamp? {
        guard case .running(let since?) = container.state, since >= last else { return nil }
        return since
    }

    /// When a pod that a node's log names is gone or began to run.
    func started(_ name: PodNames.Name, after last: Timestamp) -> Timestamp? {
        guard let pod = view.pod(name) else { return isListed(.pods, in: name.namespace) ? last : nil }
        if pod.isReady, let since = pod.ready?.transition, since >= last { return since }
        return containerStart(pod, after: last)
    }

    // MARK: Nodes

    /// What still waited for what is back says so for some time. Seconds.
    private static let trailSeconds = 60.0

    /// When a node became ready, where that was after `last`, or shortly before it and nothing came since.
    func readySince(_ name: String, after last: Timestamp) -> Timestamp? {
        guard let ready = view.index.nodes[name]?.ready, ready.status == "True", let since = ready.transition else {
            return nil
        }
        if since >= last { return since }
        let isTrail = last.seconds(since: since) <= Self.trailSeconds
        return isTrail && now.seconds(since: last) >= Self.trailSeconds ? last : nil
    }

    private func node(_ finding: EvaluatedFinding.Content) -> Timestamp? {
        let last = finding.last
        guard let node = view.index.nodes[finding.detection.object.name] else {
            // Where no node at all is known, its events are all that is left to tell of it.
            return finding.isPlain && isListed(.nodes) && view.index.nodes.count > 0 ? last : nil
        }
        let entry = Catalogue.builtIn[finding.detection.check]
        if finding.isPlain || entry?.notReady != nil { return readySince(node.name, after: last) }
        let judged = (entry?.judges ?? []).compactMap { judged in node.conditions[judged.type].map { (judged, $0) } }
        guard !judged.isEmpty, judged.allSatisfy({ !$0.isBad($1.status) && $1.status != "Unknown" }) else { return nil }
        return judged.compactMap(\.1.transition).filter { $0 >= last }.max()
    }

    // MARK: Workloads

    private func workload(
        _ workload: WorkloadRecord?, _ kind: ClusterKind, in namespace: String, _ last: Timestamp
    ) -> Timestamp? {
        guard let workload else { return isListed(kind, in: namespace) ? last : nil }
        let isWhole =
            workload.available >= workload.desired && workload.observedGeneration >= workload.generation
            && (workload.updated >= workload.desired || workload.updateStrategy == "OnDelete")
        guard isWhole, now.seconds(since: last) >= Self.settledSeconds else { return nil }
        return max(last, workload.conditions["Available"]?.transition ?? last)
    }

    private func replicaSet(_ finding: EvaluatedFinding.Content) -> Timestamp? {
        let object = finding.detection.object
        if let owner = finding.owner, owner.kind == "Deployment" {
            return workload(
                view.index.deployments[owner.namespace, owner.name], .deployments, in: owner.namespace, finding.last)
        }
        // Whether a ReplicaSet of its own is still there is not known; one that a Deployment made is gone with it.
        return Self.isOfDeployment(object.name) && isListed(.deployments, in: object.namespace) ? finding.last : nil
    }

    /// The name ends in a hash of the template, in these letters only (apimachinery, `SafeEncodeString`).
    private static func isOfDeployment(_ name: String) -> Bool {
        guard let dash = name.lastIndex(of: "-") else { return false }
        let hash = name[name.index(after: dash)...]
        return (8...10).contains(hash.count) && hash.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) }
    }

    private func job(_ object: ObjectReference, _ last: Timestamp) -> Timestamp? {
        guard let job = view.index.jobs[object.namespace, object.name] else {
            return isListed(.jobs, in: object.namespace) ? last : nil
        }
        if let complete = job.complete { return max(last, complete.transition ?? last) }
        guard job.ownerKind == "CronJob", let newest = newestJob(of: job) else { return nil }
        return newest.isComplete ? max(last, newest.created) : nil
    }

    private func newestJob(of job: JobRecord) -> (created: Timestamp, isComplete: Bool)? {
        if let known = newestJobs[job.namespace] { return known[job.ownerName] }
        var newest: [String: (created: Timestamp, isComplete: Bool)] = [:]
        for job in view.index.jobs.records(in: RecordKey.namespace(job.namespace)) where job.ownerKind == "CronJob" {
            let created = job.metadata.created ?? now.time
            if newest[job.ownerName].map({ $0.created <= created }) ?? true {
                newest[job.ownerName] = (created, job.complete != nil)
            }
        }
        newestJobs[job.namespace] = newest
        return newest[job.ownerName]
    }

    private func autoscaler(_ object: ObjectReference, _ last: Timestamp) -> Timestamp? {
        guard let scaler = view.index.horizontalpodautoscalers[object.namespace, object.name] else {
            return isListed(.horizontalpodautoscalers, in: object.namespace) ? last : nil
        }
        let judged = ["AbleToScale", "ScalingActive"].compactMap { scaler.conditions[$0] }
        guard !judged.isEmpty, judged.allSatisfy({ $0.status == "True" }),
            now.seconds(since: last) >= Self.settledSeconds
        else { return nil }
        return max(last, judged.compactMap(\.transition).max() ?? last)
    }
}
