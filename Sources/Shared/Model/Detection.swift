/// What was found, and where: everything about a finding but when and how often.
public struct Detection: Hashable, Codable, Sendable {
    /// The check's id in the catalogue (`NodeOOM`); for users' own rules without one, the rule's reason.
    public var check: String
    /// The rule, sampler or probe that saw it.
    public var rule: String
    public var reason: String
    public var severity: Severity
    public var object: ObjectReference
    /// What of the object: container, device, mount, task; empty for the object as a whole.
    public var subject: String
    public var message: String
    /// Less specific checks that this finding stands for as well.
    public var also: [String]
    public var remedy: String
    /// When it happens, for what will happen: a certificate's end.
    public var deadline: Timestamp?

    public init(
        check: String, rule: String, reason: String, severity: Severity, object: ObjectReference,
        subject: String = "", message: String, also: [String] = [], remedy: String = "", deadline: Timestamp? = nil
    ) {
        self.deadline = deadline
        self.check = check
        self.rule = rule
        self.reason = reason
        self.severity = severity
        self.object = object
        self.subject = subject
        self.message = message
        self.also = also
        self.remedy = remedy
    }

    /// Equal keys are one finding (CHECKS.md §0, "Merge"): check, object and subject.
    public var key: String {
        var hash = StableHash()
        for part in [check, object.kind, object.namespace, object.name, object.uid, subject] { hash.combine(part) }
        return hash.hex
    }
}

/// One piece of proof for a finding.
public struct Evidence: Hashable, Codable, Sendable {
    /// Where it was read: `journal`, `kmsg`, `file:/var/log/x`, `sampler:memory`.
    public var source: String
    /// The position of a log record in its source; empty for measurements.
    public var origin: String
    public var time: Timestamp
    /// Redacted text.
    public var text: String

    /// Evidence texts that one finding keeps.
    public static let perFindingMax = 5
    /// A text's size in UTF-8 bytes.
    public static let textBytesMax = 4096

    public init(source: String, origin: String, time: Timestamp, text: String) {
        self.source = source
        self.origin = origin
        self.time = time
        self.text = text
    }
}

/// Log records that gave the same finding, since the last delivery: a difference, to be added exactly once.
public struct Occurrence: Codable, Sendable, Equatable {
    public var detection: Detection
    public var count: Int
    public var first: Timestamp
    public var last: Timestamp
    public var evidence: [Evidence]
    /// Written by `make run DEMO=1`, not by a failure.
    public var isDemo: Bool

    public init(_ detection: Detection, count: Int = 1, time: Timestamp, evidence: [Evidence], isDemo: Bool = false) {
        self.detection = detection
        self.count = count
        first = time
        last = time
        self.evidence = evidence
        self.isDemo = isDemo
    }

    /// Adds a later occurrence of the same finding.
    public mutating func merge(_ other: Occurrence) {
        if other.detection.severity > detection.severity || other.last >= last {
            let severity = max(detection.severity, other.detection.severity)
            detection = other.last >= last ? other.detection : detection
            detection.severity = severity
        }
        count += other.count
        first = min(first, other.first)
        last = max(last, other.last)
        evidence = Array((evidence + other.evidence).prefix(Evidence.perFindingMax))
        isDemo = isDemo && other.isDemo
    }
}

/// A state that holds or has ended: absolute, so that receiving it twice changes nothing.
public struct StateReport: Codable, Sendable, Equatable {
    public var detection: Detection
    public var isActive: Bool
    /// Since when it holds, or held.
    public var since: Timestamp
    /// The last time it was seen to hold, or when it ended.
    public var last: Timestamp
    /// The node condition that it sets, `KernelDeadlock`; empty for plain measurements.
    public var condition: String
    /// Who may end it: a sampler's or probe's id, or `rules`.
    public var owner: String
    /// The boot in which it was seen; a state of an earlier boot has ended.
    public var bootID: String
    /// When it ends by age, or nil.
    public var expires: Timestamp?
    public var evidence: [Evidence]

    public init(
        _ detection: Detection, isActive: Bool = true, since: Timestamp, last: Timestamp, condition: String = "",
        owner: String, bootID: String, expires: Timestamp? = nil, evidence: [Evidence] = []
    ) {
        self.detection = detection
        self.isActive = isActive
        self.since = since
        self.last = last
        self.condition = condition
        self.owner = owner
        self.bootID = bootID
        self.expires = expires
        self.evidence = evidence
    }
}

/// Whether a part of the agent could look, and if not, why. Absolute, like `StateReport`.
public struct Observation: Codable, Sendable, Equatable {
    public enum Outcome: String, Codable, Sendable { case finding, healthy, unobserved }

    /// Catalogue id, or the source's or sampler's id where no check stands for it.
    public var check: String
    /// The sampler, probe or log source.
    public var source: String
    public var outcome: Outcome
    public var reason: UnobservedReason?
    public var since: Timestamp
    public var detail: String

    public init(
        check: String, source: String, outcome: Outcome, reason: UnobservedReason? = nil, since: Timestamp,
        detail: String = ""
    ) {
        self.check = check
        self.source = source
        self.outcome = outcome
        self.reason = reason
        self.since = since
        self.detail = detail
    }
}
