package import Platform

/// Log records that gave the same finding, since the last delivery: a difference, to be added exactly once.
package struct Occurrence: Codable, Sendable, Equatable {
    package var detection: Detection
    package var count: Int
    package var first: Timestamp
    package var last: Timestamp
    package var evidence: [Evidence]
    /// Written by `make run DEMO=1`, not by a failure.
    package var isDemo: Bool

    package init(_ detection: Detection, count: Int = 1, time: Timestamp, evidence: [Evidence], isDemo: Bool = false) {
        self.detection = detection
        self.count = count
        first = time
        last = time
        self.evidence = evidence
        self.isDemo = isDemo
    }

    /// Adds a later occurrence of the same finding.
    package mutating func merge(_ other: Occurrence) {
        if other.detection.severity > detection.severity || other.last >= last {
            let severity = max(detection.severity, other.detection.severity)
            detection = other.last >= last ? other.detection : detection
            detection.severity = severity
        }
        count = count.addingSaturated(other.count)
        first = min(first, other.first)
        last = max(last, other.last)
        evidence = Array((evidence + other.evidence).prefix(Evidence.perFindingMax))
        isDemo = isDemo && other.isDemo
    }
}
