import Findings
import Host
import Platform

/// What a look at the host gave for one check.
package struct SampleOutcome: Equatable, Sendable {
    enum Result: Equatable, Sendable {
        /// Looked and judged; no detections means healthy.
        case observed([Detection])
        case unobserved(UnobservedReason, String)
    }

    var check: String
    var result: Result
    /// What was measured, for evidence: `MemTotal 16384000 kB, MemAvailable 1500000 kB`.
    var evidence = ""
}

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

    func detection(
        _ check: String, _ sampler: String, _ severity: Severity, subject: String = "", _ message: String,
        remedy: String, deadline: Timestamp? = nil
    ) -> Detection {
        Detection(
            check: check, rule: sampler, reason: check, severity: severity, object: node, subject: subject,
            message: message, remedy: remedy, deadline: deadline)
    }
}

extension Double {
    /// One decimal, for messages.
    var tenths: String { "\((self * 10).rounded() / 10)" }
    /// `3.1Gi`.
    var binaryBytes: String {
        let units = [("Ti", 1_099_511_627_776.0), ("Gi", 1_073_741_824), ("Mi", 1_048_576), ("Ki", 1024)]
        for (name, size) in units where self >= size { return (self / size).tenths + name }
        return "\(Int(self))"
    }
}

/// Reads one gauge of the host, or asks one service whether it lives.
///
/// A sampler keeps what it needs between looks (counters, windows) and has no clock and no paths of its own. It must
/// tell "not on this machine" from "not permitted" from "failed": never answer healthy for what it did not read.
package protocol Sampler: Sendable {
    /// Kebab-case, unique in the list; owner of its states.
    var id: String { get }
    /// Catalogue ids that it answers for, in every look.
    var checks: [String] { get }
    var periodSeconds: Double { get }
    mutating func sample(_ context: SampleContext) async -> [SampleOutcome]
}

extension Sampler {
    /// All of the sampler's checks unobserved for one reason.
    func unobserved(_ reason: UnobservedReason, _ detail: String) -> [SampleOutcome] {
        checks.map { SampleOutcome(check: $0, result: .unobserved(reason, detail)) }
    }

    func unobserved(_ error: SystemError) -> [SampleOutcome] { unobserved(error.unobservedReason, error.description) }
}

/// A value that must stay over its limit before it counts, and clears only well below it.
struct Hysteresis: Sendable {
    private var overCount = 0
    private(set) var isFiring = false

    /// - Parameters:
    ///   - needed: looks over the limit in a row before it fires.
    ///   - clearBelow: how far under the limit it clears.
    ///   - wasActive: it fired before this process started, so it needs no second run-up.
    /// - Returns: whether it fires now. Strictly over fires; it clears `clearBelow` under the limit.
    mutating func update(
        _ value: Double, over limit: Double, needed: Int = 1, clearBelow: Double, wasActive: Bool = false
    ) -> Bool {
        if wasActive { isFiring = true }
        if value > limit {
            overCount += 1
            if overCount >= needed { isFiring = true }
        } else {
            overCount = 0
            if value < limit - clearBelow { isFiring = false }
        }
        return isFiring
    }
}
