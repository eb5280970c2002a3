import RuleEngine
import Systemd

/// Reads one journal entry after the other, in one pass over its fields, which ends as soon as the rest cannot matter.
///
/// Container output (`CONTAINER_ID`) is never a unit's. A line that a program wrote to `/dev/kmsg` gets back its first
/// word, which journald takes for the program's name (`INFO: task …`, `blk_update_request: I/O error …`): the kernel's
/// rules see what the kernel's log holds.
///
/// A value in its reader's own frame: a class would be checked for exclusive access at each field.
struct JournalEntry {
    private let classifier: JournalClassifier
    private let asksIdentifier: Bool

    /// What is known of the current entry so far.
    private struct Known {
        var transport: UInt64?
        var isKernel = false
        var unit: UInt64?
        /// Of `UNIT`, which counts when PID 1 wrote the entry.
        var managed: UInt64 = 0
        var isManager: Bool?
        var isContainer = false
        var identifier: UInt64?
        var hasText = false

        var selectors: UInt64 {
            var bits = transport ?? 0
            if bits == 0, !isContainer { bits = (unit ?? 0) | (isManager == true ? managed : 0) }
            return bits | (identifier ?? 0)
        }
    }

    private var known = Known()
    /// Of the entry that was read last.
    var isKernel: Bool { known.isKernel }
    /// Of a kernel line: `SYSLOG_IDENTIFIER` unless it is the kernel's, and `SYSLOG_PID`.
    private var name: [UInt8] = []
    private var process: [UInt8] = []

    init(_ classifier: JournalClassifier) {
        self.classifier = classifier
        asksIdentifier = classifier.asksIdentifiers || classifier.kernelBits != 0
    }

    /// - Returns: whether the journal's current entry belongs to a selector; `record` then holds its text and those.
    mutating func read(_ journal: borrowing Journal, into record: LogRecord) throws(JournalError) -> Bool {
        known = Known()
        name.removeAll(keepingCapacity: true)
        process.removeAll(keepingCapacity: true)
        try journal.forEachField { field in
            take(field, record)
            return !isDecided
        }
        record.selectors = known.selectors
        if record.selectors == 0 { return false }
        if !known.hasText {
            record.text.removeAll(keepingCapacity: true)
            record.isTruncated = false
        }
        if known.isKernel, !name.isEmpty, known.identifier ?? 0 == 0 { restoreName(record) }
        return true
    }

    private mutating func take(_ field: UnsafeRawBufferPointer, _ record: LogRecord) {
        // By the first two letters: an entry has some twenty fields, and few of them are asked for.
        guard field.count > 4 else { return }
        switch (field[0], field[1]) {
        case (UInt8(ascii: "M"), UInt8(ascii: "E")):
            guard !known.hasText, let text = field.value(of: "MESSAGE=") else { return }
            record.setText(text)
            known.hasText = true
        case (UInt8(ascii: "_"), UInt8(ascii: "T")):
            guard classifier.asksTransport, let value = field.value(of: "_TRANSPORT=") else { return }
            known.transport = classifier.transportBits(value)
            known.isKernel = value.first == UInt8(ascii: "k")
        case (UInt8(ascii: "_"), UInt8(ascii: "S")):
            guard classifier.asksUnits, let value = field.value(of: "_SYSTEMD_UNIT=") else { return }
            known.unit = (known.unit ?? 0) | classifier.unitBits(value)
        case (UInt8(ascii: "_"), UInt8(ascii: "P")):
            guard classifier.asksUnits, let value = field.value(of: "_PID=") else { return }
            known.isManager = value.count == 1 && value[0] == UInt8(ascii: "1")
        case (UInt8(ascii: "U"), UInt8(ascii: "N")):
            guard classifier.asksUnits, let value = field.value(of: "UNIT=") else { return }
            known.managed |= classifier.unitBits(value)
        case (UInt8(ascii: "C"), UInt8(ascii: "O")):
            if field.value(of: "CONTAINER_ID=") != nil { known.isContainer = true }
        case (UInt8(ascii: "S"), UInt8(ascii: "Y")): takeSyslog(field)
        default: break
        }
    }

    private mutating func takeSyslog(_ field: UnsafeRawBufferPointer) {
        if asksIdentifier, let value = field.value(of: "SYSLOG_IDENTIFIER=") {
            known.identifier = (known.identifier ?? 0) | classifier.identifierBits(value)
            if known.transport == nil || known.isKernel, !value.isEqual(to: Self.kernelName) { name = Array(value) }
        } else if known.transport == nil || known.isKernel, let value = field.value(of: "SYSLOG_PID=") {
            process = Array(value)
        }
    }

    private static let kernelName = Array("kernel".utf8)

    /// Whether no field that may follow can change what is known.
    private var isDecided: Bool {
        if classifier.asksTransport {
            guard let transport = known.transport else { return false }
            if transport != 0 {
                return known.hasText && name.isEmpty && (known.identifier != nil || !asksIdentifier)
            }
        }
        let hasIdentifier = !classifier.asksIdentifiers || known.identifier != nil
        let isNoUnits =
            !classifier.asksUnits || known.isContainer || (known.unit == 0 && known.isManager == false)
        return isNoUnits && hasIdentifier && (known.identifier ?? 0 == 0 || known.hasText)
    }

    private func restoreName(_ record: LogRecord) {
        var word = name
        if !process.isEmpty { word += [UInt8(ascii: "[")] + process + [UInt8(ascii: "]")] }
        word += [UInt8(ascii: ":"), UInt8(ascii: " ")]
        record.prefixText(Array(String(decoding: word, as: UTF8.self).utf8))
    }
}

extension UnsafeRawBufferPointer {
    /// The value of a field `NAME=value` when it begins with `start`, which is `NAME=`.
    fileprivate func value(of start: StaticString) -> UnsafeRawBufferPointer? {
        let length = start.utf8CodeUnitCount
        guard hasPrefix(UnsafeRawBufferPointer(start: start.utf8Start, count: length)) else { return nil }
        return UnsafeRawBufferPointer(rebasing: self[length...])
    }
}
