import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct NamespaceTerminatingCheck: ClusterCheck {
    let id = "NamespaceTerminating"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.namespaces]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.namespaces)
        for namespace in view.index.namespaces.records {
            guard let deleted = namespace.metadata.deleted, namespace.phase == "Terminating" else {
                out.healthy()
                continue
            }
            let age = now.seconds(since: deleted)
            if age <= view.threshold(id, "minutes", object: namespace.name) * 60 {
                out.healthy()
                continue
            }
            let blocking = namespace.conditions.filter { $0.status == "True" }.map { "\($0.type): \($0.message)" }
            out.state(
                .warning, ObjectReference(kind: "Namespace", name: namespace.name, uid: namespace.metadata.uid),
                reason: "Terminating",
                "terminating for \(GoDuration.brief(age))\(blocking.isEmpty ? "" : "; \(blocking.sorted().joined(separator: "; "))")",
                since: deleted)
        }
    }
}
