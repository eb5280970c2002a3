import ClusterIndex
import Findings
import KubernetesAPI
import Platform

struct ApiServerCheck: ClusterCheck {
    let id = "ApiServerUnhealthy"
    let scopes: ClusterScope.Kinds = .controlPlane
    let needs: [ClusterKind] = [.readyz]

    /// Three probes of the server mode.
    static let unreachableSeconds = 45.0

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let reference = ObjectReference(kind: "Component", name: "kube-apiserver")
        if view.index.isUnreachable {
            let why = view.index.states[.readyz]?.problem?.description ?? "no answer"
            out.add(
                CheckFinding(
                    check: id, severity: .fatal, object: reference, reason: "Unreachable", message: why,
                    first: view.clock - Self.unreachableSeconds, last: view.clock,
                    evidence: [Evidence(source: "api", origin: "", time: view.clock, text: why)], table: .components))
        }
        let lines = view.index.readyz?.lines.filter { !$0.name.hasPrefix("etcd") && $0.isGood != nil } ?? []
        let failed = lines.filter { $0.isGood == false && $0.name != "leaderElection" }
        if !failed.isEmpty {
            out.state(
                .danger, reference, reason: "NotReady", failed.map(\.text).joined(separator: "; "), source: "readyz")
        } else if !lines.isEmpty {
            out.healthy()
        } else if view.isComplete(.readyz) {
            out.unobserved(.malformed, "/readyz has no line of the API server's own")
        }
        if let problem = view.index.memberProblem {
            out.unobserved(problem.unobservedReason, "its members could not be asked: \(problem.brief)")
        }
        for (address, problem) in view.index.members.sorted(by: { $0.key < $1.key }) {
            if problem.isEmpty {
                out.healthy()
            } else {
                out.state(
                    .danger, reference, subject: address, reason: "MemberUnreachable", "member \(address): \(problem)",
                    source: "probe")
            }
        }
    }
}
