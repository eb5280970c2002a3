import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct ApiServerCertificateCheck: ClusterCheck {
    let id = "NodeApiServerExpiredPeriod"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.handshake]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.handshake), view.index.states[.handshake] != nil else { return }
        guard let leaf = view.index.chain.certificates.first else {
            return out.unobserved(.malformed, "the handshake showed no certificate that can be read")
        }
        let evaluator = CertificateEvaluator(view: view, id: id, now: view.now(.handshake).time)
        evaluator.report(
            leaf, ObjectReference(kind: "Certificate", name: "kube-apiserver"), subject: "", isLongLived: true, &out)
    }
}
