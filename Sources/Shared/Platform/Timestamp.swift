internal import Glibc

/// A point of wall-clock time in microseconds since 1970-01-01T00:00:00Z, as journald and kubelet count it. Arithmetic
/// saturates: a time that somebody else wrote may lie anywhere.
package struct Timestamp: Hashable, Comparable, Sendable, Codable {
    package var microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(seconds: Double) { microseconds = Int64(saturating: seconds * 1_000_000) }

    /// The system's clock. Only composition roots call it; everything else is given a clock.
    package static func now() -> Timestamp {
        var spec = timespec()
        clock_gettime(CLOCK_REALTIME, &spec)
        return Timestamp(microseconds: Int64(spec.tv_sec) * 1_000_000 + Int64(spec.tv_nsec) / 1000)
    }

    package init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }
    package static func + (a: Timestamp, seconds: Double) -> Timestamp {
        Timestamp(microseconds: a.microseconds.addingSaturated(Int64(saturating: seconds * 1_000_000)))
    }
    package static func - (a: Timestamp, seconds: Double) -> Timestamp { a + -seconds }
    /// Seconds from `earlier` to `self`.
    package func seconds(since earlier: Timestamp) -> Double {
        Double(microseconds.subtractingSaturated(earlier.microseconds)) / 1_000_000
    }

    /// RFC 3339 with whole seconds, in the local zone (`TZ`) with its offset, as kubectl's users read it.
    package var localRFC3339: String { format(utc: false) }
    /// RFC 3339 with whole seconds in UTC, for machines.
    package var utcRFC3339: String { format(utc: true) }

    private func format(utc: Bool) -> String {
        var seconds = time_t(microseconds / 1_000_000 - (microseconds % 1_000_000 < 0 ? 1 : 0))
        var parts = tm()
        if utc { gmtime_r(&seconds, &parts) } else { localtime_r(&seconds, &parts) }
        var text = ""
        text.reserveCapacity(25)
        func add(_ value: Int, _ width: Int, _ mark: String) {
            text += mark
            text += Self.pad(value, width)
        }
        add(Int(parts.tm_year) + 1900, 4, "")
        add(Int(parts.tm_mon) + 1, 2, "-")
        add(Int(parts.tm_mday), 2, "-")
        add(Int(parts.tm_hour), 2, "T")
        add(Int(parts.tm_min), 2, ":")
        add(Int(parts.tm_sec), 2, ":")
        if utc { return text + "Z" }
        let minutes = abs(parts.tm_gmtoff) / 60
        add(minutes / 60, 2, parts.tm_gmtoff < 0 ? "-" : "+")
        add(minutes % 60, 2, ":")
        return text
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date
    /// algorithms").
    package static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        switch width - digits.utf8.count {
        case ...0: return digits
        case 1: return "0" + digits
        default: return String(repeating: "0", count: width - digits.utf8.count) + digits
        }
    }
}
