package import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct ServiceEndpointsCheck: ClusterCheck {
    let id = "ServiceNoEndpoints"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.services, .endpointslices, .pods]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for service in view.records(view.index.services) {
            if service.type == "ExternalName" || service.selector.isEmpty { continue }
            guard view.isComplete(.endpointslices, in: service.namespace), view.isComplete(.pods, in: service.namespace)
            else { continue }
            if view.index.readyEndpoints(service.namespace, service.name) > 0 {
                out.healthy()
                continue
            }
            let pods = view.pods(in: service.namespace, matching: service.selector)
            let object = service.metadata.reference("Service")
            if pods.isEmpty {
                // Not since now, which would be another time at every look.
                out.state(.info, object, "its selector matches no pod", since: service.metadata.created)
            } else {
                let waits = pods.count { !$0.isReady }
                out.state(
                    .warning, object, "no ready endpoint: \(waits) of \(pods.count) pods are not ready",
                    since: view.lostEndpoints(service))
            }
        }
    }
}

extension ClusterView {
    /// When the last of a Service's pods stopped being ready. nil: that is not known, as its pods are gone; the Service
    /// itself may be much older.
    func lostEndpoints(_ service: ServiceRecord) -> Timestamp? {
        pods(in: service.namespace, matching: service.selector).compactMap { $0.ready?.transition }.max()
    }

    /// Pods that have not ended, by labels.
    package func pods(in namespace: String, matching labels: [String: String]) -> [PodRecord] {
        pods(in: namespace) { pod in
            !pod.isFinished && labels.allSatisfy { pod.labels.labels[$0.key] == $0.value }
        }
    }
}
