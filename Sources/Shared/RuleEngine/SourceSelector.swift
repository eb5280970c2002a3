import Findings

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
