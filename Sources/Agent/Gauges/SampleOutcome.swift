import Findings

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
