package import Platform

/// How much two programs take of each other. The sender keeps to it, the receiver checks it: neither trusts the other.
package enum WireLimits {
    /// Of ids and names: checks, rules, reasons, objects, conditions, owners, versions.
    package static let nameBytesMax = 1024
    /// Of what a finding is about, which may be several names or a path with words around it.
    package static let subjectBytesMax = 8 << 10
    /// Of what may be a path: log sources.
    package static let pathBytesMax = 4608
    /// Of what people read: messages, remedies, excerpts, details.
    package static let textBytesMax = 32 << 10
    /// Of a boot's, an agent's, a store's or a trial's id.
    package static let idBytesMax = 128
    /// Records that one occurrence stands for.
    package static let countMax = 1_000_000_000
    /// Of running numbers and sizes.
    package static let numberMax: Int64 = 1_000_000_000_000_000
    /// 1970-01-01 and 2200-01-01: a clock may be wrong by years, but none that works shows another time.
    package static let times = Timestamp(microseconds: 0)...Timestamp(seconds: 7_258_118_400)
    /// Spans of rules, in seconds: a year.
    package static let spanSecondsMax = 366 * Seconds.perDay
    /// Pieces of evidence of one finding.
    package static let evidenceMax = 16
    /// Less specific checks that one finding stands for.
    package static let alsoMax = 64

    /// What is wrong with a text, a time or a number, or nil.
    static func problem(_ name: String, _ text: String, bytesMax: Int) -> String? {
        text.utf8.count > bytesMax ? "\(name) over \(bytesMax) bytes" : nil
    }

    static func problem(_ name: String, _ time: Timestamp?) -> String? {
        guard let time, !times.contains(time) else { return nil }
        return "\(name) outside the years 1970 to 2199"
    }

    static func problem(_ name: String, _ number: Int64) -> String? {
        (0...numberMax).contains(number) ? nil : "\(name) outside 0 to \(numberMax)"
    }

    static func problem(_ name: String, _ number: Double, in range: ClosedRange<Double>) -> String? {
        number.isFinite && range.contains(number) ? nil : "\(name) outside \(range.lowerBound) to \(range.upperBound)"
    }

    static func problem(_ name: String, count: Int, max: Int) -> String? {
        count > max ? "\(name): \(count); at most \(max)" : nil
    }

    static func fit(_ text: inout String, bytesMax: Int) {
        if text.utf8.count > bytesMax { text = TextSafety.cut(text, bytesMax: bytesMax) }
    }

    static func fitted(_ time: Timestamp) -> Timestamp { min(max(time, times.lowerBound), times.upperBound) }
}
