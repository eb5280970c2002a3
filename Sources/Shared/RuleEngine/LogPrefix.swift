import Platform
import Regex

/// The prefixes of text logs, form by form. Pure functions over one line.
enum LogPrefix {
    enum Writer: Equatable {
        case kernel
        /// `SYSLOG_IDENTIFIER`, or a unit where journalctl printed that instead.
        case program(String)
        case container
    }

    struct Found: Equatable {
        var text: String
        var writer: Writer?
        var stamp: TextLogReader.Stamp?
    }

    enum Style { case klog, logrus, zap }

    /// Of etcd 3.4 to 3.6, as `caller` names them.
    private static let etcdPackages: Set<String> = [
        "auth", "backend", "client", "concurrency", "embed", "etcdhttp", "etcdmain", "etcdserver", "etcdutl",
        "fileutil",
        "flags", "grpclog", "lease", "membership", "mvcc", "netutil", "osutil", "raft", "rafthttp", "schema", "snap",
        "storage", "traceutil", "transport", "v2", "v2stats", "v3", "v3client", "v3compactor", "v3lock", "v3rpc",
        "verify",
        "version", "wal", "zapraft", "clientv3", "apply", "api", "cindex", "txn", "compactor", "balancer", "discovery",
    ]

    /// A dmesg line may have several stamps: `kern  :info  : [Jan13 04:31] [Tue Jan 13 04:31:07 2026] [T10489] …`.
    private static let stampsMax = 4

    private static let iso = #"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"#
    private static let short = #"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?"#
    private static let full = #"[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Za-z0-9+:-]+"#
    private static let facilities =
        "kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|clock|authpriv|ftp|ntp|security|console|local[0-7]"
    private static let levels =
        "emerg|alert|crit|err|warn|notice|info|debug|emergency|critical|error|warning|panic"

    /// `/dev/kmsg`: priority, sequence, microseconds since the boot, flags; text.
    private static let kmsg = regex(#"^\d+,\d+,(?P<microseconds>\d+)(?:,[^;]*)?;(?P<rest>.*)$"#)
    /// The CRI's files of container output.
    private static let cri = regex("^(?P<time>\(iso)) (?:stdout|stderr) [FP] ?(?P<rest>.*)$")
    private static let rfc5424 = regex(
        #"^(?:<\d{1,3}>\d{1,2} (?P<time>\S+) \S+ (?P<name>\S+) \S+ \S+|(?P<time2>"# + iso
            + #") \S+ (?P<name2>[^\s:\[\]]+) (?:\d+|-) \S+) (?:-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: +(?P<rest>.*))?$"#)
    /// journalctl's short forms, rsyslog's files and RFC 3164; the host may be missing.
    private static let syslog = regex(
        "^(?:<\\d{1,3}>)?(?P<time>\(full)|\(iso)|\(short)|\\d{9,10}\\.\\d+)"
            + #"(?:\s+(?P<host>[^\s:\[\]{}"=|!]+))?\s+(?:!?\w+\s+\|\s+)?(?P<name>[^\s:\[\]{}"=|!]+)(?:\[(?P<pid>\d+)\])?:(?P<rest>\s.*|\[.*|)$"#
    )
    private static let verbose = regex("^(?P<time>\(full)) \\[s=[0-9a-f]+;")
    private static let timeOnly = regex("^(?P<time>\(full)|\(iso)|\(short)) (?P<rest>.*)$")
    /// `dmesg -x`, and `talosctl dmesg` with the node's address before it.
    private static let facility = regex(
        "^(?:[^\\s:]\\S*: )?(?:\(facilities))\\s*:\\s*(?:\(levels))\\s*: (?P<rest>.*)$")
    private static let dmesgISO = regex(#"^(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d+[+-]\d\d:\d\d) (?P<rest>.*)$"#)
    private static let bracket = regex(
        #"^(?:<\d{1,3}>)?\[\s*(?:(?P<boot>\d+\.\d+)|\+\s*(?P<step>\d+\.\d+)|(?P<long>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})|(?P<date>[A-Z][a-z]{2} ?\d{1,2} \d\d:\d\d)|(?P<wall>\d{4}-\d\d-\d\dT[^\]\s]+)|(?P<delta>))(?:\s*<\s*(?P<since>\d+\.\d+)\s*>)?\s*\]:?\s*(?P<rest>.*)$"#
    )
    private static let caller = regex(#"^\[\s*[TC]\d+\]\s*(?P<rest>.*)$"#)
    /// journalctl's short-monotonic: as dmesg, with host and program.
    private static let hostAndProgram = regex(
        #"^[^\s:\[\]]+ (?P<name>[^\s:\[\]]+)(?:\[(?P<pid>\d+)\])?:\s(?P<rest>.*)$"#)
    private static let programOnly = regex(
        #"^(?P<name>[A-Za-z][\w.@()/-]*)(?:\[(?P<pid>\d+)\])?:(?P<rest>\s.*|\[.*)$"#)
    private static let priority = regex(#"^<\d{1,3}>(?P<rest>.*)$"#)
    private static let klog = regex(#"^[IWEF](?P<time>\d{4} \d\d:\d\d:\d\d\.\d+)\s+\d+ "#)
    private static let logrus = regex(#"^time="(?P<time>[^"]+)" level="#)
    private static let repeated = regex(#"^message repeated \d+ times: \[ ?(?P<rest>.*)\]$"#)
    private static let colours = regex(#"\x1b\[[0-9;]*m"#)
    private static let mention = regex(
        #"^(?:Unit |(?:Start(?:ed|ing)|Stopp(?:ed|ing)|Failed to start) )?(?P<unit>[^\s:]+\.(?:service|socket|mount|scope|slice|timer|target|path|swap|device|automount))(?::? |$)"#
    )

    private static func regex(_ pattern: String) -> LazyRegex { LazyRegex(pattern) }

    /// Without the colours that a terminal shows, and white space at the ends.
    static func plain(_ line: String) -> String {
        var text = line
        if text.utf8.contains(0x1B) {
            while let ranges = colours.compiled?.firstMatch(in: Array(text.utf8).span), let range = ranges[0] {
                var bytes = Array(text.utf8)
                bytes.removeSubrange(range)
                text = String(decoding: bytes, as: UTF8.self)
            }
        }
        return text.trimmingSpaces()
    }

    /// journalctl's `-- Boot 0a1b… --` and `-- Reboot --`.
    static func isBootMark(_ text: String) -> Bool { text.hasPrefix("-- Boot ") || text.hasPrefix("-- Reboot --") }

    /// A line of journalctl's own.
    static func isRemark(_ text: String) -> Bool {
        text.hasPrefix("-- ") && (text.hasSuffix("--") || text.hasPrefix("-- Logs begin"))
    }

    static func unrepeated(_ text: String) -> String {
        text.hasPrefix("message repeated ") ? repeated.compiled?.captures(in: text)?["rest"] ?? text : text
    }

    /// The time of the line with which journalctl's verbose form begins an entry.
    static func verboseTime(_ text: String) -> String? {
        text.contains(" [s=") ? verbose.compiled?.captures(in: text)?["time"] : nil
    }

    /// The unit that PID 1 speaks of, where the text names it.
    static func unitMentioned(_ text: String) -> [String] {
        [mention.compiled?.captures(in: text)?["unit"]].compactMap(\.self)
    }

    static func style(_ text: String) -> Style? {
        if klog.compiled?.captures(in: text) != nil { return .klog }
        if text.hasPrefix("time=\"") { return .logrus }
        guard text.hasPrefix("{") else { return nil }
        if text.contains("\"level\":\"") && text.contains("\"time\":\"") { return .logrus }
        if text.contains("\"caller\":\"") && !text.contains("\"level\":") { return .klog }
        guard text.contains("\"level\":\"") else { return nil }
        // Many programs write zap's JSON; etcd's names its packages, where it names a caller.
        guard let caller = text.firstRange(of: "\"caller\":\"") else { return .zap }
        let package = text[caller.upperBound...].prefix { $0 != "/" }
        return etcdPackages.contains(String(package)) ? .zap : nil
    }

    /// Takes the prefixes off.
    static func read(_ line: String, now: Timestamp) -> Found {
        var found = Found(text: line)
        if let inner = FieldBlock.dockerOutput(ofJSON: line) {
            found = Found(text: inner.text, writer: .container, stamp: time(inner.time, now))
        } else if let parts = kmsg.compiled?.captures(in: line),
            let seconds = parts["microseconds"].flatMap(Double.init)
        {
            return Found(text: unescaped(parts["rest"] ?? ""), writer: .kernel, stamp: .boot(seconds / 1e6))
        } else if let parts = cri.compiled?.captures(in: line) {
            found = Found(text: parts["rest"] ?? "", writer: .container, stamp: time(parts["time"], now))
        } else if let parts = rfc5424.compiled?.captures(in: line), let name = parts["name"] ?? parts["name2"] {
            let rest = (parts["rest"] ?? "").trimmingPrefix("\u{FEFF}")
            found = program(name, String(rest), time(parts["time"] ?? parts["time2"], now))
        } else if let rest = facility.compiled?.captures(in: line)?["rest"] {
            let iso = dmesgISO.compiled?.captures(in: rest)
            return kernel(iso?["rest"] ?? rest, time(iso?["time"], now), now)
        } else if let parts = dmesgISO.compiled?.captures(in: line), let rest = parts["rest"] {
            return kernel(rest, time(parts["time"], now), now)
        } else if let parts = syslog.compiled?.captures(in: line), let name = parts["name"],
            parts["host"] != nil || parts["pid"] != nil || name == "kernel"
        {
            found = program(name, parts["rest"] ?? "", time(parts["time"], now))
        } else if bracket.compiled?.captures(in: line) != nil {
            return bracketed(line, now)
        } else if let parts = programOnly.compiled?.captures(in: line), let name = parts["name"],
            parts["pid"] != nil || name == "kernel", parts["rest"]?.hasPrefix(" segfault at ") != true
        {
            found = program(name, parts["rest"] ?? "", nil)
        } else if let parts = timeOnly.compiled?.captures(in: line), let rest = parts["rest"] {
            found = Found(text: rest, stamp: time(parts["time"], now))
        } else if let rest = priority.compiled?.captures(in: line)?["rest"] {
            found = Found(text: rest, writer: .kernel)
        }
        if found.writer == .kernel { return kernel(found.text, found.stamp, now) }
        found.stamp = found.stamp ?? messageTime(found.text, now)
        return found
    }

    private static func program(_ name: String, _ rest: String, _ stamp: TextLogReader.Stamp?) -> Found {
        Found(text: rest.trimmingSpaces(), writer: name == "kernel" ? .kernel : .program(name), stamp: stamp)
    }

    /// The kernel's stamps before the text. A date is better than seconds since the boot.
    private static func kernel(_ text: String, _ stamp: TextLogReader.Stamp?, _ now: Timestamp) -> Found {
        var found = Found(text: text.trimmingSpaces(), writer: .kernel, stamp: stamp)
        for _ in 0..<stampsMax {
            guard let parts = bracket.compiled?.captures(in: found.text), let rest = parts["rest"],
                parts["delta"] == nil || parts["since"] != nil
            else { break }
            found.text = rest
            let next: TextLogReader.Stamp? =
                time(parts["long"] ?? parts["wall"] ?? parts["date"], now) ?? parts["boot"].flatMap(Double.init).map {
                    .boot($0)
                }
                ?? (parts["step"] ?? parts["since"]).flatMap(Double.init).map { .step($0) }
            if case .wall? = found.stamp { continue }
            found.stamp = next ?? found.stamp
        }
        if let rest = caller.compiled?.captures(in: found.text)?["rest"], text != found.text { found.text = rest }
        return found
    }

    /// dmesg, or journalctl's short-monotonic.
    private static func bracketed(_ line: String, _ now: Timestamp) -> Found {
        var found = kernel(line, nil, now)
        if found.text == line { return Found(text: line) }
        if let parts = hostAndProgram.compiled?.captures(in: found.text), let name = parts["name"],
            parts["pid"] != nil || name == "kernel"
        {
            found.text = (parts["rest"] ?? "").trimmingSpaces()
            found.writer = name == "kernel" ? .kernel : .program(name)
        } else if found.text.hasPrefix("kernel:") {
            return kernel(String(found.text.dropFirst(7)), found.stamp, now)
        }
        return found
    }

    private static func messageTime(_ text: String, _ now: Timestamp) -> TextLogReader.Stamp? {
        if let time = klog.compiled?.captures(in: text)?["time"] {
            return GoTimeLayout("0102 15:04:05.000000").parse(time, now: now).map { .wall($0) }
        }
        if let written = logrus.compiled?.captures(in: text)?["time"] { return time(written, now) }
        return text.hasPrefix("{") ? time(FieldBlock.time(ofJSON: text), now) : nil
    }

    private static let layouts = [
        "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "Jan _2 15:04:05",
        "Mon 2006-01-02 15:04:05 MST", "Mon Jan _2 15:04:05 2006", "Jan_2 15:04",
    ].map(GoTimeLayout.init)

    static func time(_ text: String?, _ now: Timestamp) -> TextLogReader.Stamp? {
        guard var text, !text.isEmpty else { return nil }
        if text.allSatisfy({ $0.isNumber || $0 == "." }), let seconds = Double(text), seconds > 1e8, seconds < 1e11 {
            return .wall(Timestamp(seconds: seconds))
        }
        text = text.replacing(",", with: ".")
        if text.count > 10, text.first?.isNumber == true, text.dropFirst(10).first == " " {
            text = text.prefix(10) + "T" + text.dropFirst(11)
        }
        for layout in layouts { if let time = layout.parse(text, now: now) { return .wall(time) } }
        return nil
    }

    /// The kernel's `\xNN` escapes decoded.
    private static func unescaped(_ text: String) -> String {
        guard text.contains("\\x") else { return text }
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "\\"), index + 3 < bytes.count, bytes[index + 1] == UInt8(ascii: "x"),
                let value = UInt8(String(decoding: bytes[index + 2...index + 3], as: UTF8.self), radix: 16)
            {
                out.append(value)
                index += 4
            } else {
                out.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
