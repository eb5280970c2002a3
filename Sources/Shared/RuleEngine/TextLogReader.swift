package import Platform

/// Reads log lines as people have them (saved, piped or pasted) into the records that an agent would see: who wrote
/// it, when, and the message without its prefix.
///
/// Forms: journalctl's short, short-precise, short-iso, short-full, short-unix, short-monotonic, with-unit, json,
/// json-pretty, export and verbose (journalctl(1)); rsyslog's traditional and ISO files, RFC 3164, RFC 5424; dmesg
/// plain, -T, -x, -e and --time-format iso (dmesg(1)); `/dev/kmsg`; `talosctl dmesg`; the CRI's and docker's files of
/// container output; and bare klog, logrus and JSON lines.
package struct TextLogReader {
    /// One record. The text is valid UTF-8 without a prefix, trimmed.
    package struct Record: Equatable {
        package var text: String
        package var origin: LogOrigin
        package var time: Timestamp
    }

    /// When a line was written, as far as it says.
    enum Stamp: Equatable {
        case wall(Timestamp)
        /// Seconds since the boot.
        case boot(Double)
        /// Seconds since the line before.
        case step(Double)
    }

    let units: UnitNames
    let now: Timestamp
    /// The boot that the lines tell of, for rules that wait after one; nil: none yet.
    package private(set) var bootTime: Timestamp?
    /// Whether a line had a date, so that times mean something to people.
    package private(set) var hasDates = false
    private var last: Timestamp
    private var isBootNext = false
    private var block = FieldBlock()

    /// - Parameters:
    ///   - now: the reader's time: for dates without a year, and for lines without any time.
    package init(units: UnitNames, now: Timestamp) {
        self.units = units
        self.now = now
        last = now
    }

    /// - Parameter line: one line without its line break; at most `LogLine.bytesMax` bytes of it are read.
    /// - Returns: the records that the line completes: none inside an entry of several lines, and for lines that are no
    ///   entry (`-- Boot …`); two when it begins a new entry.
    package mutating func read(_ line: some Collection<UInt8>) -> [Record] {
        let bytes = Array(line.prefix(LogLine.bytesMax))
        var records: [Record] = []
        switch block.take(bytes) {
        case .inside: return []
        case .complete(let fields): return [record(fields)].compactMap(\.self)
        case .completeBefore(let fields): records += [record(fields)].compactMap(\.self)
        case .notABlock: break
        }
        let text = LogPrefix.plain(String(decoding: bytes, as: UTF8.self))
        if LogPrefix.isBootMark(text) { isBootNext = true }
        if text.isEmpty || LogPrefix.isRemark(text) { return records }
        return records + [record(text)].compactMap(\.self)
    }

    /// The entry that the end of the text completes.
    package mutating func finish() -> [Record] {
        block.finish().flatMap { record($0) }.map { [$0] } ?? []
    }

    private mutating func record(_ fields: [String: String]) -> Record? {
        guard var text = fields["MESSAGE"]?.trimmingSpaces(), !text.isEmpty else { return nil }
        if fields["_TRANSPORT"] == "kernel", let name = fields["SYSLOG_IDENTIFIER"], !name.isEmpty, name != "kernel" {
            // journald took the line's first word for the name of a program that wrote to /dev/kmsg.
            text = name + (fields["SYSLOG_PID"].map { "[\($0)]" } ?? "") + ": " + text
        }
        let stamp = (fields["_SOURCE_REALTIME_TIMESTAMP"] ?? fields["__REALTIME_TIMESTAMP"]).flatMap { Int64($0) }
        return record(text, origin(fields), stamp.map { .wall(Timestamp(microseconds: $0)) })
    }

    private mutating func record(_ line: String) -> Record? {
        if let fields = FieldBlock.journalFields(ofJSON: line) { return record(fields) }
        let found = LogPrefix.read(line, now: now)
        let origin = origin(found)
        let text = LogPrefix.unrepeated(found.text).trimmingSpaces()
        return text.isEmpty ? nil : record(text, origin, found.stamp)
    }

    private mutating func record(_ text: String, _ origin: LogOrigin, _ stamp: Stamp?) -> Record {
        let time: Timestamp
        switch stamp {
        case .wall(let wall):
            hasDates = true
            time = wall
        case .boot(let seconds):
            // No date is known; the boot takes the place of the reader's time, so that spans are right.
            bootTime = bootTime ?? now
            time = now + seconds
        case .step(let seconds): time = last + seconds
        case nil: time = last
        }
        let isFirst = origin.transport == .kernel && text.hasPrefix("Linux version ")
        if isBootNext || isFirst { bootTime = time }
        isBootNext = false
        last = time
        return Record(text: text, origin: origin, time: time)
    }

    private func origin(_ found: LogPrefix.Found) -> LogOrigin {
        var origin =
            switch found.writer {
            case .kernel: LogOrigin.kernel
            case .program(let name): origin(program: name, found.text)
            case .container, nil: guess(found.text)
            }
        if found.writer == .container { origin.isContainer = true }
        return origin
    }

    private func origin(_ fields: [String: String]) -> LogOrigin {
        let identifier = fields["SYSLOG_IDENTIFIER"] ?? ""
        var origin: LogOrigin
        switch fields["_TRANSPORT"] {
        case "kernel": return LogOrigin(transport: .kernel, identifier: identifier.isEmpty ? "kernel" : identifier)
        case "driver": return LogOrigin(transport: .driver, units: [], identifier: identifier)
        case _ where fields["_SYSTEMD_UNIT"] == nil && fields["UNIT"] == nil:
            return self.origin(program: identifier, fields["MESSAGE"] ?? "")
        default: origin = LogOrigin(transport: .service, identifier: identifier)
        }
        origin.units = [fields["_SYSTEMD_UNIT"], fields["UNIT"]].compactMap(\.self)
        origin.isContainer = fields["CONTAINER_ID"] != nil
        return origin
    }

    private func origin(program name: String, _ text: String) -> LogOrigin {
        switch name {
        case "": return guess(text)
        case "kernel": return .kernel
        case "systemd-journald":
            return LogOrigin(transport: .driver, units: ["systemd-journald.service"], identifier: name)
        case "systemd", "init.scope":
            // PID 1 reports about units; the journal names them in a field of its own.
            return LogOrigin(
                transport: .service, units: ["init.scope"] + LogPrefix.unitMentioned(text), identifier: "systemd")
        default:
            let isUnit = name.hasSuffix(".service") || name.hasSuffix(".scope")
            return LogOrigin(
                transport: .service, units: isUnit ? [name] : units.units(of: name), identifier: isUnit ? "" : name)
        }
    }

    /// By the message alone: klog is the kubelet's, logrus the runtimes', zap etcd's.
    private func guess(_ text: String) -> LogOrigin {
        switch LogPrefix.style(text) {
        case .klog: LogOrigin(transport: .service, units: units.kubelets)
        case .logrus: LogOrigin(transport: .service, units: units.runtimes)
        case .zap: LogOrigin(transport: .service, units: ["etcd.service"])
        case nil: .unknown
        }
    }
}
