import Findings
import Platform

/// The words of the header and of notes in the reader's language; column names are the same in all.
struct ReportWords {
    let language: Language
    var isChinese: Bool { language == .zh }

    init(_ language: Language) { self.language = language }

    var noCluster: String { isChinese ? "无集群" : "no cluster" }
    var nodes: String { isChinese ? "节点" : "Nodes" }
    var leaving: String { isChinese ? "下线中" : "leaving" }
    var agents: String { "agents" }
    var reporting: String { isChinese ? "正常上报" : "reporting" }
    var noAgents: String { isChinese ? "没有 agent 数据" : "no node-side data: no agents" }
    var rules: String { isChinese ? "规则" : "rules" }
    var window: String { isChinese ? "窗口" : "window" }
    var new: String { isChinese ? "新增" : "new" }
    var silenced: String { isChinese ? "已静默" : "silenced" }
    var acknowledged: String { isChinese ? "已确认" : "acknowledged" }
    var note: String { isChinese ? "注意" : "note" }
    var expired: String { isChinese ? "已过期的例外" : "expired override" }
    var proof: String { isChinese ? "依据" : "PROOF" }
    var since: String { isChinese ? "自" : "since" }
    func scanned(_ age: String) -> String { isChinese ? "\(age) 前扫描" : "scanned \(age) ago" }
    func events(_ reach: String) -> String { isChinese ? "事件可追溯 \(reach)" : "events of the last \(reach)" }
    func generation(_ number: Int, _ age: String) -> String {
        isChinese ? "第 \(number) 次评估，\(age) 前" : "evaluation \(number), \(age) ago"
    }
    /// Findings among these that are about how workloads are written, not about what is broken.
    func practice(_ count: Int) -> String { isChinese ? "其中最佳实践问题 \(count)" : "best-practice findings \(count)" }
    func notObserved(_ count: Int) -> String {
        isChinese ? "未观测到: \(count) 项检查" : "not observed: \(count) \(count == 1 ? "check" : "checks")"
    }
    func explains(_ count: Int, _ mechanism: String) -> String {
        isChinese ? "由此导致 \(count) 项：\(mechanism)" : "explains \(count) more: \(mechanism)"
    }
    func seen(_ sources: String) -> String { isChinese ? "见于 \(sources)" : "seen in \(sources)" }
    func pods(_ count: Int) -> String { isChinese ? "\(count) 个 Pod" : counted(count, "pod") }
    func lost(_ count: Int) -> String {
        isChinese ? "\(count) 个工作负载已无副本" : "\(counted(count, "workload")) with no replica left"
    }
    func all(_ common: String) -> String { isChinese ? "共同点 \(common)" : "all \(common)" }
    func moreEvents(_ count: Int) -> String { isChinese ? "（另有 \(count) 个事件）" : " (+\(counted(count, "event")))" }
    func more(_ count: Int) -> String { isChinese ? "（另有 \(count) 项）" : " (+\(count) more)" }
    // MARK: Blocks

    func nodesReady(_ ready: Int, _ all: Int) -> String {
        isChinese ? "节点就绪 \(ready)/\(all)" : "\(ready)/\(all) \(all == 1 ? "node" : "nodes") ready"
    }
    func agentsReporting(_ reporting: Int, _ all: Int) -> String {
        isChinese ? "agent 上报 \(reporting)/\(all)" : "\(reporting)/\(all) \(all == 1 ? "agent" : "agents") reporting"
    }
    func severity(_ severity: Severity) -> String {
        guard isChinese else { return severity.rawValue }
        return switch severity {
        case .fatal: "致命"
        case .danger: "危险"
        case .warning: "警告"
        case .info: "提示"
        }
    }
    func incidents(_ counts: [(Severity, Int)]) -> String {
        let all = counts.reduce(0) { $0 + $1.1 }
        if all == 0 { return isChinese ? "没有故障" : "no incidents" }
        let parts = counts.filter { $0.1 > 0 }
            .map { isChinese ? "\(severity($0.0)) \($0.1)" : "\($0.1) \(severity($0.0))" }
        return isChinese
            ? "\(all) 个故障：\(parts.joined(separator: "，"))"
            : "\(counted(all, "incident")): \(parts.joined(separator: ", "))"
    }
    func moreIncidents(_ counts: [(Severity, Int)]) -> String {
        let all = counts.reduce(0) { $0 + $1.1 }
        let parts = counts.filter { $0.1 > 0 }
            .map { isChinese ? "\(severity($0.0)) \($0.1)" : "\($0.1) \(severity($0.0))" }
        return isChinese
            ? "… 另有 \(all) 个故障（\(parts.joined(separator: "，"))）："
            : "… \(counted(all, "more incident")) (\(parts.joined(separator: ", "))):"
    }
    func checksNotObserved(_ count: Int) -> String {
        isChinese ? "\(count) 项检查未观测到" : "\(counted(count, "check")) not observed"
    }
    /// For a narrow terminal.
    func notObservedShort(_ count: Int) -> String { isChinese ? "\(count) 项未观测到" : "\(count) not observed" }
    var comma: String { isChinese ? "，" : ", " }
    /// Numbers that add up to the number of checks.
    func checks(_ numbers: CheckNumbers) -> String {
        var details = numbers.reasons.map { "\(reason($0.0)) \($0.1)" }
        if numbers.part > 0 {
            details.append(isChinese ? "其中 \(numbers.part) 项为部分" : "\(numbers.part) of them in part")
        }
        let why = details.joined(separator: isChinese ? "，" : ", ")
        let off = numbers.off == 0 ? "" : isChinese ? "，\(numbers.off) 项未配置" : ", \(numbers.off) not configured"
        return isChinese
            ? "\(numbers.all) 项：\(numbers.observed) 项已观测\(off)，\(numbers.missing) 项未观测到（\(why)）"
            : "\(numbers.all): \(numbers.observed) observed\(off), \(numbers.missing) not observed (\(why))"
    }
    func reason(_ reason: UnobservedReason) -> String {
        let text = Self.reasons[reason]
        return text.map { $0(language) } ?? reason.rawValue
    }
    private static let reasons: [UnobservedReason: LocalText] = [
        .forbidden: LocalText("forbidden", "无权限"), .unreachable: LocalText("unreachable", "无法连接"),
        .timeout: LocalText("timeout", "超时"), .noAgent: LocalText("no agent", "没有 agent"),
        .agentSilent: LocalText("agent not reporting", "agent 未上报"),
        .sourceMissing: LocalText("source missing", "来源不存在"), .stale: LocalText("stale", "数据过旧"),
        .malformed: LocalText("malformed", "格式错误"), .truncated: LocalText("truncated", "被截断"),
        .warmingUp: LocalText("warming up", "预热中"), .notExposed: LocalText("not exposed", "未开放"),
        .notConfigured: LocalText("not configured", "未配置"),
    ]
    func bestPractice(_ workloads: Int, _ warnings: Int, _ dangers: Int, _ score: Int) -> String {
        isChinese
            ? "\(workloads) 个工作负载未通过（警告 \(warnings)，危险 \(dangers)；得分 \(score)）"
            : "\(counted(workloads, "workload")) \(workloads == 1 ? "fails" : "fail") it (\(counted(warnings, "warning")), \(counted(dangers, "danger")); score \(score))"
    }
    func changes(_ since: String, _ new: Int, _ worse: Int, _ gone: Int) -> String {
        isChinese
            ? "\(since) 以来：新增 \(new)，加重 \(worse)，消失 \(gone)"
            : "since \(since) ago: \(new) new, \(worse) worse, \(gone) gone"
    }
    var checksTitle: String { isChinese ? "检查" : "checks" }
    var practiceTitle: String { isChinese ? "最佳实践" : "best practice" }
    var infoTitle: String { isChinese ? "提示" : "info" }
    var othersTitle: String { isChinese ? "其他" : "others" }
    var allTitle: String { isChinese ? "全部" : "all" }
    var changesTitle: String { isChinese ? "变化" : "changes" }
    var because: String { isChinese ? "依据:" : "because" }
    var action: String { isChinese ? "处理:" : "do:" }
    var why: String { isChinese ? "详情:" : "why:" }

    /// Behind a row's message.
    func acknowledged(by name: String) -> String { isChinese ? "[\(name) 已确认]" : "[acknowledged by \(name)]" }
}
