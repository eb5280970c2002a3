import Findings
import Platform

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
