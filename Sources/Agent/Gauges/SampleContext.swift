import Findings
import Host
import Platform

/// What a sampler or probe may use.
package struct SampleContext: Sendable {
    var host: HostRoot
    var node: ObjectReference
    var now: Timestamp
    /// Seconds since boot that never step back, for rates.
    var uptimeSeconds: Double
    var thresholds: AgentLimits
    /// What this sampler said before and has not ended, perhaps said by the process before this one.
    var active: [Detection] = []

    func isActive(_ check: String, _ subject: String = "") -> Bool {
        active.contains { $0.check == check && $0.subject == subject }
    }

    /// Without a remedy: what to do is the check's entry's to say, in both languages.
    func detection(
        _ check: String, _ sampler: String, _ severity: Severity, subject: String = "", _ message: String,
        deadline: Timestamp? = nil
    ) -> Detection {
        Detection(
            check: check, rule: sampler, reason: check, severity: severity, object: node, subject: subject,
            message: message, deadline: deadline)
    }
}
