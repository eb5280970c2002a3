import ClusterIndex
import Findings
import KubernetesAPI

/// A check that can say why a node is not ready. Its entry's `notReady` says how specific it is.
protocol NotReadyCause: ClusterCheck {
    /// - Parameter ready: the node's Ready condition, which is not True.
    func explains(_ node: NodeRecord, _ ready: ConditionRecord, _ view: ClusterView) -> Bool
}

/// Why a node is not ready: one check leads, the others that hold as well go to its `also`.
package struct NotReadyVerdict: Sendable, Equatable {
    package var primary: String
    package var also: [String]

    /// Most specific first.
    static let causes: [any NotReadyCause] = {
        let causes = CheckList.all.compactMap { $0 as? any NotReadyCause }
        return Catalogue.builtIn.notReadyOrder.compactMap { id in causes.first { $0.id == id } }
    }()

    /// nil: the node has no Ready condition, or it is True.
    init?(_ node: NodeRecord, _ view: ClusterView) {
        guard let ready = node.ready, ready.status != "True" else { return nil }
        let holding = Self.causes.filter { $0.explains(node, ready, view) }.map(\.id)
        guard let primary = holding.first else { return nil }
        self.primary = primary
        also = Array(holding.dropFirst())
    }
}

extension CheckOutput {
    /// The row of a node that is not ready, when this check leads there.
    mutating func notReady(_ view: ClusterView, suffix: (NodeRecord) -> String = { _ in "" }) {
        for node in view.nodes {
            guard let ready = node.ready, ready.status != "True", let verdict = view.notReady(node.name),
                verdict.primary == checkID
            else { continue }
            let message = ready.message.isEmpty ? "Ready is \(ready.status)" : ready.message
            state(
                view.severity(entry.severity, at: node), node.reference, node: node.name, reason: ready.reason,
                message + suffix(node), since: ready.transition, seen: ready.heartbeat ?? view.now(.nodes).time,
                also: verdict.also, source: "condition:Ready")
        }
    }
}
