/// Which records a rule looks at.
public enum SourceSelector: Hashable, Sendable {
    /// The kernel's log: journald's `_TRANSPORT=kernel`, or `/dev/kmsg` where there is no journal.
    case kernel
    /// `/dev/kmsg` and nothing else.
    case kmsg
    /// journald's words about itself (`_TRANSPORT=driver`).
    case driver
    /// Journal entries by trusted unit (`_SYSTEMD_UNIT`; PID 1's messages about it, by `UNIT`, too).
    case units([String])
    /// Journal entries by `SYSLOG_IDENTIFIER`, which any local process may claim.
    case identifiers([String], directory: String)
    case file(FileFormat)

    /// How a log file is read; regular expressions and layout as in node-problem-detector's filelog plug-in.
    public struct FileFormat: Hashable, Sendable {
        public var path: String
        /// Gives the time: last submatch, or the whole match without groups. Empty: the time of reading.
        public var timestamp: String
        /// Gives the message; empty: the whole line.
        public var message: String
        /// Go's reference layout.
        public var timestampFormat: String
        /// Raw lines with any of these are dropped first.
        public var skipList: [String]

        public init(
            path: String, timestamp: String = "", message: String = "", timestampFormat: String = "",
            skipList: [String] = []
        ) {
            self.path = path
            self.timestamp = timestamp
            self.message = message
            self.timestampFormat = timestampFormat
            self.skipList = skipList
        }
    }

    /// For messages and lists.
    public var title: String {
        switch self {
        case .kernel: "kernel log"
        case .kmsg: "/dev/kmsg"
        case .driver: "journald itself"
        case .units(let units):
            "journal of " + units.prefix(2).joined(separator: ", ")
                + (units.count > 2 ? " and \(units.count - 2) more units" : "")
        case .identifiers(let names, _): "journal identifier " + names.joined(separator: ", ")
        case .file(let format): format.path
        }
    }
}

/// Text in English and, where there is one, Chinese.
public struct Wording: Hashable, Sendable {
    public var en: String
    public var zh: String

    public init(en: String = "", zh: String = "") {
        self.en = en
        self.zh = zh
    }

    /// What a proposal leaves to its author begins so.
    static let unwritten = "TODO"

    static func unwritten(_ what: String) -> Wording { Wording(en: "\(unwritten): \(what)", zh: unwritten) }
}

/// One rule, whatever format it came in.
public struct LogRule: Sendable {
    /// What the pattern is held against.
    public enum Semantics: Hashable, Sendable {
        /// Each record alone, anywhere in it. The first rule of a selector that matches a line claims it.
        case line
        /// node-problem-detector's: the last `bufferSize` records joined by line breaks, the match ending at the
        /// newest record's end. `monitor` tells the files apart: each has a buffer of its own.
        case window(bufferSize: Int, monitor: Int)
    }

    public struct Threshold: Hashable, Sendable {
        public var count: Int
        public var withinSeconds: Double
        /// nil: nothing is reported below `count`; else the severity from `count` on.
        public var severity: Severity?
        /// A line that takes the newest occurrence back, as a wanted stop does a start.
        public var reverts: String?
    }

    /// A node condition that a match sets.
    public struct Condition: Hashable, Sendable {
        public var type: String
        /// Catalogue id of the state; `type` when empty.
        public var check: String
        public var clears: String?
        public var clearsAfterSeconds: Double?
        /// A sampler or probe that ends it when it looks and finds nothing.
        public var probe: String?
        public var severity: Severity?
    }

    /// Occurrences with equal captures within the span count once.
    public struct Once: Hashable, Sendable {
        public var by: [String]
        public var withinSeconds: Double
    }

    /// Waits between tasks: the rule fires when one closes a cycle.
    public struct Cycle: Hashable, Sendable {
        public var from: String
        public var to: String
        public var withinSeconds: Double
    }

    public enum Target: String, CaseIterable, Sendable { case node, pod }

    public var id: String
    public var check: String
    public var reason: String
    public var severity: Severity
    public var selector: SourceSelector
    public var semantics: Semantics
    public var pattern: String
    /// Earlier lines whose captures join this one's.
    public var with: [String] = []
    public var withinSeconds = 10.0
    public var message: MessageTemplate?
    public var subject: MessageTemplate?
    public var target = Target.node
    public var suffix = ""
    public var condition: Condition?
    public var threshold: Threshold?
    public var once: Once?
    public var cycle: Cycle?
    public var also: [String] = []
    /// Later rules may claim the line too.
    public var continues = false
    /// A match within this long after the boot is normal and counts for nothing.
    public var afterBootSeconds: Double?
    /// Which versions and spellings of the message the pattern covers.
    public var variants: [String] = []
    public var why = Wording()
    public var remedy = Wording()
    public var matchSamples: [String] = []
    public var ignoreSamples: [String] = []
    /// `file:line:column` of the rule.
    public var origin: String
    /// node-problem-detector's `permanent`: sets a condition and says so in an event.
    public var isPermanent = false
}

/// A healthy default of a node condition, from a node-problem-detector file.
public struct ConditionDefault: Hashable, Sendable {
    public var type: String
    public var reason: String
    public var message: String

    public init(type: String, reason: String, message: String) {
        self.type = type
        self.reason = reason
        self.message = message
    }
}

/// A node-problem-detector file's settings that are not rules.
public struct Monitor: Sendable {
    public var source: String
    public var selector: SourceSelector
    public var bufferSize: Int
    public var lookbackSeconds: Double
    public var delaySeconds: Double
    public var metricsReporting: Bool
    public var conditions: [ConditionDefault]
    public var origin: String
}
