import Shared

struct IngressCheck: ClusterCheck {
    let description = CheckDescription(
        id: "IngressBackendMissing", table: .events, severity: .warning,
        title: .init("ingresses lead somewhere", "Ingress 的后端存在"),
        why: .init("Requests to that host or path end in an error of the proxy.", "对该主机或路径的请求会得到代理错误。"),
        trigger: .init(
            "A backend's Service or port, or the class is absent; TLS Secrets only where reading secrets is switched on.",
            "后端 Service、端口或 IngressClass 不存在；仅在允许读取 Secret 时检查 TLS Secret。"),
        remedy: .init("Correct the backend's name or port, or create what is missing.", "修正后端名称或端口，或创建缺失的对象。"),
        needs: [.ingresses, .services, .ingressclasses], alsoReads: [.secrets])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for ingress in view.index.ingresses.records {
            var problems: [String] = []
            if view.isComplete(.services) {
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
            if view.index.states[.secrets] != nil, view.isComplete(.secrets) {
                for secret in ingress.tlsSecrets where view.index.secrets[ingress.namespace, secret] == nil {
                    problems.append("TLS Secret \(secret) does not exist")
                }
            }
            if problems.isEmpty {
                out.healthy()
            } else {
                out.state(
                    .warning, ingress.metadata.reference("Ingress"), Set(problems).sorted().joined(separator: "; "))
            }
        }
    }
}
