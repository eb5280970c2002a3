import ClusterIndex
import Findings
import KubernetesAPI

struct IngressCheck: ClusterCheck {
    let id = "IngressBackendMissing"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.ingresses, .services, .ingressclasses]
    let alsoReads: [ClusterKind] = [.secrets]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for ingress in view.records(view.index.ingresses) {
            var problems = ingress.missingActions.map {
                "no annotation actions.\($0) says what the backend \($0) does"
            }
            if view.isComplete(.services, in: ingress.namespace) {
                for backend in ingress.backends {
                    guard let service = view.index.services[ingress.namespace, backend.service] else {
                        problems.append("Service \(backend.service) does not exist")
                        continue
                    }
                    if !backend.port.isEmpty, !service.ports.contains(backend.port), service.type != "ExternalName" {
                        problems.append("Service \(backend.service) has no port \(backend.port)")
                    }
                }
            }
            if view.isComplete(.ingressclasses), !ingress.className.isEmpty,
                view.index.ingressclasses[ingress.className] == nil,
                view.index.ingressclasses.count > 0
            {
                problems.append("IngressClass \(ingress.className) does not exist")
            }
            if view.isComplete(.secrets, in: ingress.namespace) {
                for secret in ingress.tlsSecrets where view.index.secrets[ingress.namespace, secret] == nil {
                    problems.append("TLS Secret \(secret) does not exist")
                }
            }
            if problems.isEmpty {
                // Healthy is only what was looked up.
                if view.isComplete(.services, in: ingress.namespace), view.isComplete(.ingressclasses) { out.healthy() }
            } else {
                out.state(
                    .warning, ingress.metadata.reference("Ingress"), Set(problems).sorted().joined(separator: "; "))
            }
        }
    }
}
