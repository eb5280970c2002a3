/// What the aggregator asks of one node's agent.
///
/// It goes out with the answer to a batch when the agent's vitals say that it runs other ones. The newest replace the
/// ones before.
public struct Instructions: Codable, Sendable, Equatable {
    /// A rule changed on this node by an override (DESIGN §13), without a copy of its pack.
    public struct Adjustment: Codable, Sendable, Equatable {
        /// Rule ids; * stands for anything.
        public var rules: [String]
        public var isDisabled: Bool
        public var severity: Severity?
        public var thresholdCount: Int?
        public var thresholdWithinSeconds: Double?
        public var clearsAfterSeconds: Double?

        public init(
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

    public struct File: Codable, Sendable, Equatable {
        public var name: String
        public var text: String

        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// Rules to run once over this node's own logs, at the lowest priority; the counts go back as `TrialResult`.
    public struct Trial: Codable, Sendable, Equatable {
        public var id: String
        public var sinceSeconds: Double
        /// Part of one CPU that the scan may use.
        public var cpuShare: Double
        public var files: [File]

        public init(id: String, sinceSeconds: Double, cpuShare: Double, files: [File]) {
            self.id = id
            self.sinceSeconds = sinceSeconds
            self.cpuShare = cpuShare
            self.files = files
        }
    }

    public var adjustments: [Adjustment]
    /// Rule files that run beside the mounted ones, in place of one with the same name: a canary.
    public var files: [File]
    public var trial: Trial?
    /// Limits of gauges and probes by their names in the agent's configuration; nil: as configured there.
    public var thresholds: [String: Double]?

    public init(
        adjustments: [Adjustment] = [], files: [File] = [], trial: Trial? = nil, thresholds: [String: Double] = [:]
    ) {
        self.adjustments = adjustments
        self.files = files
        self.trial = trial
        self.thresholds = thresholds.isEmpty ? nil : thresholds
    }

    public var isEmpty: Bool { adjustments.isEmpty && files.isEmpty && trial == nil && thresholds == nil }

    /// Of what changes rules: trials and thresholds change none.
    public var rulesDigest: String { Instructions(adjustments: adjustments, files: files).digest }

    /// The same for the same content.
    public var digest: String {
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

/// What a trial found on one node.
public struct TrialResult: Codable, Sendable, Equatable {
    /// What one rule found.
    public struct Tally: Codable, Sendable, Equatable {
        public var rule: String
        /// Lines that its pattern claimed.
        public var matches = 0
        /// Findings that came of them, after thresholds and doubles.
        public var findings = 0
        public var first: Timestamp?
        public var last: Timestamp?
        public var examples: [String] = []

        public init(rule: String) { self.rule = rule }
    }

    public var trial: String
    public var node: String
    public var lines: Int
    public var tallies: [Tally]
    /// Logs that could not be read, and why; or why the scan ended early.
    public var problems: [String]

    public init(trial: String, node: String, lines: Int, tallies: [Tally], problems: [String]) {
        self.trial = trial
        self.node = node
        self.lines = lines
        self.tallies = tallies
        self.problems = problems
    }
}
