import ClusterIndex
import Findings
import KubernetesAPI

struct APIServiceCheck: ClusterCheck {
    let id = "APIServiceUnavailable"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.apiservices]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for service in view.index.apiservices.records {
            guard let available = service.available else {
                out.unobserved(.warmingUp, "\(service.name) has no Available condition yet")
                continue
            }
            if available.status == "True" {
                out.healthy()
            } else {
                out.state(
                    .danger, ObjectReference(kind: "APIService", name: service.name, uid: service.metadata.uid),
                    reason: available.reason, "\(service.name): \(available.message)", since: available.transition)
            }
        }
    }
}
