package import Findings
package import Platform
import Practice

extension ReportContent {
    /// One line for whoever reads a pipeline's log: what `failOn` looked at, and what came of it.
    /// - Parameter status: as `exitStatus`; of an aggregator's report, whose findings are not here, the aggregator's.
    package func gateLine(failOn: Severity, status: Int32, _ language: Language) -> String {
        // Of files each place counts; of a cluster only the numbers may be here.
        let gaps =
            head.manifests == nil
            ? head.summary.unobserved : Set(head.unobserved.filter { !$0.reason.isExpected }.map(\.scope)).count
        let checks = "\(head.observedChecks) of \(counted(head.checks.count, "check"))"
        if language == .zh {
            let seen =
                head.manifests.map { "\($0.files) 个文件中的 \($0.objects) 个对象" } ?? "\(head.cluster.nodes) 个节点的集群"
            let outcome =
                switch status {
                case 2: "有达到 \(failOn.rawValue) 的问题"
                case 3: "没有达到 \(failOn.rawValue) 的问题，但有 \(gaps) 处未观测到"
                default: "没有达到 \(failOn.rawValue) 的问题"
                }
            return
                "--fail-on \(failOn.rawValue)：检查了 \(seen)，\(head.checks.count) 项检查中的 \(head.observedChecks) 项；\(outcome)（退出状态 \(status)）"
        }
        let seen =
            head.manifests.map { "\(counted($0.objects, "object")) in \(counted($0.files, "file"))" }
            ?? "a cluster of \(counted(head.cluster.nodes, "node"))"
        let outcome =
            switch status {
            case 2: "found something at or above \(failOn.rawValue)"
            case 3: "found nothing at or above \(failOn.rawValue), but \(counted(gaps, "place")) not observed"
            default: "found nothing at or above \(failOn.rawValue)"
            }
        return
            "--fail-on \(failOn.rawValue): looked at \(seen) with \(checks); \(outcome) (exit status \(status))"
    }
}
