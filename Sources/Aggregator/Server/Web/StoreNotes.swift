import Platform
import Store
import Wire

/// What a report must say of the store it was made from.
enum StoreNotes {
    /// - Parameter problem: why the store cannot be written; nil: it can.
    static func notes(_ missing: Snapshot.Missing, _ problem: StoreError?, _ language: Language) -> [String] {
        var notes: [String] = []
        if let problem {
            notes.append(
                language == .zh
                    ? "存储无法写入, agent 的上报在恢复前不会进入报告: \(problem.message)"
                    : "the store cannot be written, so that nothing new is in this report: \(problem.message)")
        }
        if let loss = missing.loss {
            let time = loss.time.utcRFC3339
            notes.append(
                language == .zh
                    ? "存储已损坏并于 \(time) 重建; 更早的发现已丢失, agent 会重新上报最近 24 小时: \(loss.reason)"
                    : "the store was damaged and replaced at \(time); findings from before are lost, except what agents read again of the last 24 hours: \(loss.reason)"
            )
        }
        if missing.leftOut > 0 {
            notes.append(
                language == .zh
                    ? "有 \(missing.leftOut) 条发现未列出: 单个节点的发现过多"
                    : "\(counted(missing.leftOut, "finding")) left out: single nodes have too many of them")
        }
        if missing.unreadable > 0 {
            notes.append(
                language == .zh
                    ? "存储中有 \(missing.unreadable) 行无法读取, 已跳过"
                    : "\(counted(missing.unreadable, "row")) of the store could not be read and \(missing.unreadable == 1 ? "was" : "were") skipped"
            )
        }
        return notes
    }
}
