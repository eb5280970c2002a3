package import Findings
import Platform

/// What the aggregator asks of one node's agent.
///
/// It goes out with the answer to a batch when the agent's vitals say that it runs other ones. The newest replace the
/// ones before.
package struct Instructions: Codable, Sendable, Equatable {
    /// A rule changed on this node by an override, without a copy of its pack.
    package struct Adjustment: Codable, Sendable, Equatable {
        /// Rule ids; * stands for anything.
        package var rules: [String]
        package var isDisabled: Bool
        package var severity: Severity?
        package var thresholdCount: Int?
        package var thresholdWithinSeconds: Double?
        package var clearsAfterSeconds: Double?

        package init(
            rules: [String], isDisabled: Bool = false, severity: Severity? = nil, thresholdCount: Int? = nil,
            thresholdWithinSeconds: Double? = nil, clearsAfterSeconds: Double? = nil
        ) {
            self.rules = rules
            self.isDisabled = isDisabled
            self.severity = severity
            self.thresholdCount = thresholdCount
            self.thresholdWithinSeconds = thresholdWithinSeconds
            self.clearsAfterSeconds = clearsAfterSeconds
        }
    }

    package struct File: Codable, Sendable, Equatable {
        package var name: String
        package var text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// Rules to run once over this node's own logs, at the lowest priority; the counts go back as `TrialResult`.
    package struct Trial: Codable, Sendable, Equatable {
        package var id: String
        package var sinceSeconds: Double
        /// Part of one CPU that the scan may use.
        package var cpuShare: Double
        package var files: [File]

        package init(id: String, sinceSeconds: Double, cpuShare: Double, files: [File]) {
            self.id = id
            self.sinceSeconds = sinceSeconds
            self.cpuShare = cpuShare
            self.files = files
        }
    }

    package var adjustments: [Adjustment]
    /// Rule files that run beside the mounted ones, in place of one with the same name: a canary.
    package var files: [File]
    package var trial: Trial?
    /// Limits of gauges and probes by their names in the agent's configuration; nil: as configured there.
    package var thresholds: [String: Double]?

    package init(
        adjustments: [Adjustment] = [], files: [File] = [], trial: Trial? = nil, thresholds: [String: Double] = [:]
    ) {
        self.adjustments = adjustments
        self.files = files
        self.trial = trial
        self.thresholds = thresholds.isEmpty ? nil : thresholds
    }

    package var isEmpty: Bool { adjustments.isEmpty && files.isEmpty && trial == nil && thresholds == nil }

    /// Of what changes rules: trials and thresholds change none.
    package var rulesDigest: String { Instructions(adjustments: adjustments, files: files).digest }

    /// The same for the same content.
    package var digest: String {
        var hash = StableHash()
        for adjustment in adjustments {
            hash.combine(adjustment.rules.joined(separator: "\u{1F}"))
            hash.combine(
                "\(adjustment.isDisabled) \(adjustment.severity?.rawValue ?? "") \(adjustment.thresholdCount ?? 0) \(adjustment.thresholdWithinSeconds ?? 0) \(adjustment.clearsAfterSeconds ?? 0)"
            )
        }
        for file in files + (trial?.files ?? []) {
            hash.combine(file.name)
            hash.combine(file.text)
        }
        if let trial { hash.combine("\(trial.id) \(trial.sinceSeconds) \(trial.cpuShare)") }
        for (name, value) in (thresholds ?? [:]).sorted(by: { $0.key < $1.key }) { hash.combine("\(name)=\(value)") }
        return String(hash.hex.prefix(8))
    }
}
