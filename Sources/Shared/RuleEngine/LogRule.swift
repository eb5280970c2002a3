package import Findings

/// Which records a rule looks at.
package enum SourceSelector: Hashable, Sendable {
    /// The kernel log: journald's `_TRANSPORT=kernel`, or `/dev/kmsg` where there is no journal.
    case kernel
    /// `/dev/kmsg` and nothing else.
    case kmsg
    /// journald's messages about itself (`_TRANSPORT=driver`).
    case driver
    /// Journal entries by trusted unit (`_SYSTEMD_UNIT`; PID 1's messages about it, by `UNIT`, too).
    case units([String])
    /// Journal entries by `SYSLOG_IDENTIFIER`, which any local process may claim.
    case identifiers([String], directory: String)
    case file(FileFormat)

    /// How a log file is read; regular expressions and layout as in node-problem-detector's filelog plug-in.
    package struct FileFormat: Hashable, Sendable {
        package var path: String
        /// Gives the time: last submatch, or the whole match without groups. Empty: the time of reading.
        package var timestamp: String
        /// Gives the message; empty: the whole line.
        package var message: String
        /// Go's reference layout.
        package var timestampFormat: String
        /// Raw lines with any of these are dropped first.
        package var skipList: [String]

        package init(
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
    package var title: String {
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
package struct Wording: Hashable, Sendable {
    package var en: String
    package var zh: String

    package init(en: String = "", zh: String = "") {
        self.en = en
        self.zh = zh
    }

    /// Begins the texts that the author of a proposed rule must write.
    static let unwritten = "TODO"

    static func unwritten(_ what: String) -> Wording { Wording(en: "\(unwritten): \(what)", zh: unwritten) }
}

/// One rule, whatever format it came in.
package struct LogRule: Sendable {
    /// What the pattern is held against.
    package enum Semantics: Hashable, Sendable {
        /// Each record alone, anywhere in it. The first rule of a selector that matches a line claims it.
        case line
        /// node-problem-detector's: the last `bufferSize` records joined by line breaks, the match ending at the
        /// newest record's end. `monitor` tells the files apart: each has a buffer of its own.
        case window(bufferSize: Int, monitor: Int)
    }

    package struct Threshold: Hashable, Sendable {
        package var count: Int
        package var withinSeconds: Double
        /// nil: nothing is reported below `count`; else the severity from `count` on.
        package var severity: Severity?
        /// A line that takes the newest occurrence back, as a wanted stop does a start.
        package var reverts: String?
    }

    /// A node condition that a match sets.
    package struct Condition: Hashable, Sendable {
        package var type: String
        /// Catalogue id of the state; `type` when empty.
        package var check: String
        package var clears: String?
        package var clearsAfterSeconds: Double?
        /// A sampler or probe that ends it when it looks and finds nothing.
        package var probe: String?
        package var severity: Severity?
    }

    /// Occurrences with equal captures within the span count once.
    package struct Once: Hashable, Sendable {
        package var by: [String]
        package var withinSeconds: Double
    }

    /// Waits between tasks: the rule fires when one closes a cycle.
    package struct Cycle: Hashable, Sendable {
        package var from: String
        package var to: String
        package var withinSeconds: Double
    }

    package enum Target: String, CaseIterable, Sendable { case node, pod }

    package var id: String
    package var check: String
    package var reason: String
    package var severity: Severity
    package var selector: SourceSelector
    package var semantics: Semantics
    package var pattern: String
    /// Earlier lines whose captures join this one's.
    package var with: [String] = []
    package var withinSeconds = 10.0
    package var message: MessageTemplate?
    package var subject: MessageTemplate?
    package var target = Target.node
    package var suffix = ""
    package var condition: Condition?
    package var threshold: Threshold?
    package var once: Once?
    package var cycle: Cycle?
    package var also: [String] = []
    /// Later rules may claim the line too.
    package var continues = false
    /// A match within this long after the boot is normal and counts for nothing.
    package var afterBootSeconds: Double?
    /// Which versions and spellings of the message the pattern covers.
    package var variants: [String] = []
    package var why = Wording()
    package var remedy = Wording()
    package var matchSamples: [String] = []
    package var ignoreSamples: [String] = []
    /// `file:line:column` of the rule.
    package var origin: String
    /// node-problem-detector's `permanent`: sets a condition and reports it as an event.
    package var isPermanent = false
}

/// A healthy default of a node condition, from a node-problem-detector file.
package struct ConditionDefault: Hashable, Sendable {
    package var type: String
    package var reason: String
    package var message: String

    package init(type: String, reason: String, message: String) {
        self.type = type
        self.reason = reason
        self.message = message
    }
}

/// A node-problem-detector file's settings that are not rules.
package struct Monitor: Sendable {
    package var source: String
    package var selector: SourceSelector
    package var bufferSize: Int
    package var lookbackSeconds: Double
    package var delaySeconds: Double
    package var metricsReporting: Bool
    package var conditions: [ConditionDefault]
    package var origin: String
}
