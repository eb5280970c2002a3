import Shared

struct ApiServerCheck: ClusterCheck {
    let description = CheckDescription(
        id: "ApiServerUnhealthy", table: .components, severity: .danger,
        title: .init("the API server is ready, every member of it", "API server 及其每个成员就绪"),
        why: .init(
            "A member that is not ready answers some requests wrongly or late, and its share of clients fails.",
            "未就绪的成员会错误或延迟响应部分请求。"),
        trigger: .init(
            "A line of /readyz other than etcd's fails; one address of default/kubernetes does not answer; unreachable three times: fatal.",
            "/readyz 中除 etcd 外的行失败；default/kubernetes 的某个地址无响应；三次不可达为 fatal。"),
        remedy: .init(
            "Read kube-apiserver's log on that member; the line names the part that fails.",
            "查看该成员上 kube-apiserver 的日志，失败行即为故障部分。"),
        needs: [.readyz])

    /// Three probes of the server mode.
    static let unreachableSeconds = 45.0

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let reference = ObjectReference(kind: "Component", name: "kube-apiserver")
        if view.index.isUnreachable {
            let why = view.index.states[.readyz]?.problem?.description ?? "no answer"
            out.add(
                CheckFinding(
                    check: description.id, severity: .fatal, object: reference, reason: "Unreachable", message: why,
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
