import AgentState
import Findings
package import LogReading
package import Platform

/// Mistakes in rule files as states of this node.
package enum RuleProblemReport {
    /// A rule that does not load is seen in the report, not only in a log.
    package static func note(_ problems: [DocumentProblem], _ context: SourceContext, _ now: Timestamp) {
        let errors = problems.filter { $0.level == .error }
        let reports = Dictionary(grouping: errors, by: \.file).map { file, problems in
            StateReport(
                Detection(
                    check: "RuleFileInvalid", rule: "rule-files", reason: "RuleFileInvalid", severity: .warning,
                    object: .node(context.setting.node), subject: file,
                    message:
                        "\(problems.count) \(problems.count == 1 ? "mistake" : "mistakes, the first"): \(problems[0])"),
                since: now, last: now, owner: "rule-files", bootID: context.setting.bootID,
                evidence: problems.prefix(Evidence.perFindingMax).map {
                    Evidence(source: "rules", origin: $0.file, time: now, text: $0.description)
                })
        }
        context.states.replace(owner: "rule-files", checks: ["RuleFileInvalid"], with: reports, at: now)
    }
}
