import ClusterIndex
import Findings

extension CheckOutput {
    /// Findings from the Warning events that speak to this check first, about the node that reported or is meant.
    ///
    /// Such events come from node-problem-detector and the kubelet; they are evidence beside what our agents found,
    /// and the merge makes one finding of both. Subjects are what the text names, so that two devices are two findings.
    /// - Parameter severity: by the node's name; nil: the entry's.
    mutating func nodeEvents(_ view: ClusterView, severity: ((String) -> Severity)? = nil) {
        for event in view.warnings(of: checkID) {
            let name = event.node
            let object =
                name.isEmpty ? event.involved : view.index.nodes[name]?.reference ?? ObjectReference.node(name)
            self.event(
                severity?(name) ?? entry.severity, event, object, subject: subject(of: event.message), node: name,
                view, also: entry.also)
        }
    }
}
