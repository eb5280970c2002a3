import CheckModel
import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform
import Wire

/// Evaluates one part of a cluster: read, check, join, set apart what is over, count, fold, relate, override.
struct PartitionEvaluator {
    private static let poolLabels = [
        "cloud.google.com/gke-nodepool", "eks.amazonaws.com/nodegroup", "karpenter.sh/nodepool",
        "kubernetes.azure.com/agentpool", "node.kubernetes.io/pool", "pool", "alibabacloud.com/nodepool-id",
    ]
    private static let judged = Set(Catalogue.builtIn.judgedConditions.keys)

    let inputs: EvaluationInputs

    func evaluate(_ scope: ClusterScope) -> PartitionResult {
        let view = inputs.view(scope)
        var result = PartitionResult()
        var joiner = FindingJoiner(view: view)
        let checked = inputs.check(view) { joiner.add(cluster: $0) }
        for finding in inputs.agentFindings(view) { joiner.add(agent: finding) }
        let (open, over) = EndedEvents(ObjectEnds(view)).split(joiner.finish())
        OutcomeStep(inputs, view).add(checked, open, to: &result)
        var rows = TroubleFold(view).fold(open)
        RelationStep(view: view).fill(&rows)
        OverrideStep(inputs, view).sort(rows, into: &result)
        result.resolved = resolved(joiner, view) + over.map { EvaluatedFinding($0) }
        describe(view, &result)
        result.holdsSeconds = view.deadlines.next
        return result
    }

    private func resolved(_ joiner: FindingJoiner, _ view: ClusterView) -> [EvaluatedFinding] {
        guard case .node(let name) = view.scope, let report = inputs.reports?.reports[name] else { return [] }
        return report.findings.filter {
            $0.resolvedAt.map { view.machineTime.seconds(since: $0) <= Evaluation.resolvedSeconds } ?? false
        }.map { EvaluatedFinding(joiner.described($0).marked) }
    }

    // MARK: Facts

    private func describe(_ view: ClusterView, _ result: inout PartitionResult) {
        guard inputs.index != nil else { return }
        var count = 0
        for pod in view.pods where !pod.isFinished {
            result.workloads[view.owner(of: pod), default: WorkloadFacts()].add(pod)
            count += 1
        }
        guard case .node(let name) = view.scope, let node = view.index.nodes[name] else { return }
        var facts = Self.facts(node)
        facts.podCount = count
        result.node = facts
    }

    private static func facts(_ node: NodeRecord) -> NodeFacts {
        var factors: [NodeFacts.Factor] = []
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { factors.append(.init(name: name, value: value)) }
        }
        add("pool", poolLabels.compactMap { node.labels[$0] }.first)
        add("zone", node.labels["topology.kubernetes.io/zone"] ?? node.labels["failure-domain.beta.kubernetes.io/zone"])
        add(
            "instance",
            node.labels["node.kubernetes.io/instance-type"] ?? node.labels["beta.kubernetes.io/instance-type"])
        add("kernel", node.kernel)
        add("os", node.osImage)
        add("kubelet", node.kubelet)
        add("runtime", node.runtime)
        return NodeFacts(
            isReady: node.ready?.status == "True", isLeaving: node.leavingSince != nil, factors: factors,
            otherConditions: node.conditions.filter { !judged.contains($0.type) }.map { "\($0.type)=\($0.status)" }
                .sorted(),
            labels: node.labels)
    }
}
