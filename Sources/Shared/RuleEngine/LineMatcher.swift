package import Platform
import Regex

/// Runs one selector's rules over its records, in order. Not thread-safe: each source thread has its own.
///
/// A record that nothing matches costs one pass of the automaton and no allocation.
package final class LineMatcher {
    package let group: RuleGroup
    private var windows: [Window]

    package init(_ group: RuleGroup) {
        self.group = group
        windows = group.windows.map { Window(size: $0.bufferSize) }
    }

    /// Takes over the records that `old` remembers for the same monitors, so that new rules lose no window.
    package func adopt(_ old: LineMatcher) {
        for index in windows.indices {
            let monitor = group.windows[index]
            if let twin = old.group.windows.firstIndex(where: { $0.file == monitor.file }) {
                windows[index].fill(from: old.windows[twin])
            }
        }
    }

    /// Whether records must be remembered, so that a restart needs the last ones again.
    package var keepsRecords: Bool { !windows.isEmpty }

    /// The position of the oldest record that a buffer still holds.
    package var oldestPosition: String? { windows.compactMap(\.oldestPosition).first }

    /// - Parameters:
    ///   - text: the record, valid UTF-8, trimmed.
    ///   - position: asked only when records must be remembered.
    ///   - isClaimed: whether a rule of an earlier group has the record already, so that no other `ke/v1` rule gets it;
    ///     set here when one does.
    ///   - report: called for each match: contexts and clears first, then rules in their order.
    package func scan(
        _ text: Span<UInt8>, time: Timestamp, position: () -> String, isClaimed: inout Bool,
        _ report: (LineMatch) -> Void
    ) {
        if group.set.matchesAny(text) != .none { confirm(text, time, &isClaimed, report) }
        for index in windows.indices { scanWindow(index, text, time, position, report) }
    }

    /// The same for a record that only this group sees.
    package func scan(
        _ text: Span<UInt8>, time: Timestamp, position: () -> String, _ report: (LineMatch) -> Void
    ) {
        var isClaimed = false
        scan(text, time: time, position: position, isClaimed: &isClaimed, report)
    }

    private func confirm(
        _ text: Span<UInt8>, _ time: Timestamp, _ isClaimed: inout Bool, _ report: (LineMatch) -> Void
    ) {
        var rules: [(index: Int, captures: [String: String])] = []
        let line = text.decoded()
        for candidate in group.set.candidates(text) {
            let entry = group.entries[candidate]
            guard let regex = entry.regex.compiled, let ranges = regex.firstMatch(in: text) else { continue }
            let captures = regex.captures(ranges, in: text)
            switch entry.role {
            case .rule(let index):
                if group.rules[index].accepts(captures) { rules.append((index, captures)) }
            case .context(let rule, let with):
                report(
                    LineMatch(
                        rule: rule, kind: .context(with), captures: captures, text: line, time: time, recordsBack: 0))
            case .clears(let rule):
                report(LineMatch(rule: rule, kind: .clears, captures: captures, text: line, time: time, recordsBack: 0))
            case .reverts(let rule):
                report(
                    LineMatch(rule: rule, kind: .reverts, captures: captures, text: line, time: time, recordsBack: 0))
            }
        }
        for (index, captures) in rules {
            let rule = group.rules[index]
            if rule.semantics == .line {
                if isClaimed { continue }
                isClaimed = !rule.continues
            }
            report(
                LineMatch(
                    rule: index, kind: .rule, captures: captures, text: Self.suffixed(line, rule), time: time,
                    recordsBack: 0))
        }
    }

    private func scanWindow(
        _ index: Int, _ text: Span<UInt8>, _ time: Timestamp, _ position: () -> String, _ report: (LineMatch) -> Void
    ) {
        windows[index].append(text, time, position())
        let monitor = group.windows[index]
        let buffer = windows[index].joined
        let joined = buffer.span
        guard monitor.set.matchesAny(joined) != .none else { return }
        for candidate in monitor.set.candidates(joined) {
            let entry = monitor.entries[candidate]
            guard case .rule(let rule) = entry.role, let regex = entry.regex.compiled,
                let ranges = regex.firstMatch(in: joined), let whole = ranges[0]
            else { continue }
            let (first, back) = windows[index].records(from: whole.lowerBound)
            report(
                LineMatch(
                    rule: rule, kind: .rule, captures: regex.captures(ranges, in: joined),
                    text: Self.suffixed(first.text, group.rules[rule]), time: first.time, recordsBack: back))
        }
    }

    private static func suffixed(_ text: String, _ rule: LogRule) -> String {
        rule.suffix.isEmpty ? text : "\(text); \(rule.suffix)"
    }
}

/// The last N records, joined as node-problem-detector joins them: unused slots are empty texts.
private struct Window {
    private struct Slot {
        var length: Int
        var time: Timestamp
        var position: String?
    }

    private(set) var joined: [UInt8]
    private var slots: [Slot]

    init(size: Int) {
        slots = Array(repeating: Slot(length: 0, time: Timestamp(microseconds: 0), position: nil), count: size)
        joined = Array(repeating: UInt8(ascii: "\n"), count: size - 1)
    }

    var oldestPosition: String? { slots.first { $0.position != nil }?.position }

    mutating func append(_ text: Span<UInt8>, _ time: Timestamp, _ position: String) {
        joined.removeFirst(slots[0].length + 1)
        joined.append(UInt8(ascii: "\n"))
        text.withUnsafeBufferPointer { joined.append(contentsOf: $0) }
        slots.removeFirst()
        slots.append(Slot(length: text.count, time: time, position: position))
    }

    /// The newest records of `other`, as many as fit.
    mutating func fill(from other: Window) {
        var offset = 0
        for slot in other.slots {
            if let position = slot.position {
                append(other.joined[offset..<offset + slot.length].span, slot.time, position)
            }
            offset += slot.length + 1
        }
    }

    /// The records from the one that holds the byte at `offset` to the newest. A line break alone does not
    /// pull the record before it in.
    func records(from offset: Int) -> (first: (text: String, time: Timestamp), back: Int) {
        let after = joined.count - offset - 1
        var total = 0
        var index = slots.count
        while index > 0 {
            index -= 1
            total += slots[index].length
            if total >= after || index == 0 { break }
            total += 1
        }
        // Slots from before the first record hold nothing.
        while index < slots.count - 1, slots[index].position == nil { index += 1 }
        let length = slots[index...].reduce(slots.count - index - 1) { $0 + $1.length }
        let text = String(decoding: joined.suffix(length), as: UTF8.self)
        return ((text, slots[index].time), slots.count - 1 - index)
    }
}
