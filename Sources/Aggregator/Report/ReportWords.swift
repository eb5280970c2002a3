import Platform

/// The words of the header and of notes in the reader's language; column names are the same in all.
struct ReportWords {
    private let isChinese: Bool

    init(_ language: Language) { isChinese = language == .zh }

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
    /// Behind a row's message.
    func acknowledged(by name: String) -> String { isChinese ? "[\(name) 已确认]" : "[acknowledged by \(name)]" }
}
