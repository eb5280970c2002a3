import ClusterIndex
import Findings
import Platform

/// Pods that failed, as rows: one for those of one owner that failed on one node for the same reason.
struct FailedPods {
    private struct Key: Hashable {
        var owner: ObjectReference
        var node: String
        var reason: String

        var text: String { "\(owner.kind)\u{1F}\(owner.namespace)\u{1F}\(owner.name)\u{1F}\(node)\u{1F}\(reason)" }
    }

    private var groups: [Key: [(pod: PodRecord, failure: PodFailure)]] = [:]

    mutating func add(_ pod: PodRecord, _ failure: PodFailure, _ view: ClusterView) {
        groups[Key(owner: view.owner(of: pod), node: pod.node, reason: failure.reason), default: []].append(
            (pod, failure))
    }

    func report(_ view: ClusterView, _ out: inout CheckOutput) {
        for (key, pods) in groups.sorted(by: { $0.key.text < $1.key.text }) {
            let sorted = pods.sorted { $0.pod.name < $1.pod.name }
            guard let first = sorted.first else { continue }
            let times = pods.compactMap(\.failure.time), isOne = pods.count == 1
            let place = key.node.isEmpty ? "" : " on \(key.node)"
            out.add(
                CheckFinding(
                    check: out.checkID, severity: view.severity(.warning, onNode: key.node),
                    object: isOne ? first.pod.reference : key.owner, subject: isOne ? "" : key.node, node: key.node,
                    reason: key.reason,
                    message: isOne
                        ? first.failure.message : "\(counted(pods.count, "pod"))\(place): \(first.failure.message)",
                    first: times.min() ?? view.clock, last: times.max() ?? view.clock, count: pods.count,
                    isState: false,
                    evidence: sorted.prefix(Evidence.perFindingMax).map {
                        Evidence(
                            source: "pod", origin: "\($0.pod.namespace)/\($0.pod.name)",
                            time: $0.failure.time ?? view.clock, text: $0.failure.message)
                    }, table: .events))
        }
    }
}
