import Shared

struct DeprecatedAPICheck: ClusterCheck {
    let description = CheckDescription(
        id: "DeprecatedAPI", table: .components, severity: .warning,
        title: .init("nobody asks for APIs that will be gone", "没有使用即将移除的 API"),
        why: .init("After the upgrade whoever still asks for it fails.", "升级后仍使用该 API 的客户端将失败。"),
        trigger: .init(
            "An API that is removed within two minors was asked for since the API server started.",
            "API server 启动以来有人请求两个次版本内将被移除的 API。"),
        remedy: .init(
            "Find the client in the audit log (annotation k8s.io/deprecated), move it to the newer version.",
            "在审计日志（k8s.io/deprecated 注解）中查找客户端，迁移到新版本。"),
        needs: [.metrics, .version])

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        guard view.isComplete(.metrics), let server = KubernetesVersion(view.index.serverVersion) else { return }
        let soon = view.index.metrics.deprecated.filter { request in
            guard let removed = KubernetesVersion(request.removedRelease) else { return false }
            return removed.major == server.major && removed.minor - server.minor <= 2
        }
        if soon.isEmpty { out.healthy() }
        for request in soon {
            let name = [request.resource, request.version, request.group].filter { !$0.isEmpty }.joined(separator: ".")
            out.state(
                .warning, ObjectReference(kind: "API", name: name),
                "\(name) is asked for and will be gone in \(request.removedRelease)",
                source: "metrics")
        }
    }
}
