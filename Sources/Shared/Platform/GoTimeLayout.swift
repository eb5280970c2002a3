internal import Glibc

/// Go's reference-time layouts (`time.Parse`): `Jan _2 15:04:05`, `2006-01-02T15:04:05.999999999-07:00`, …
package struct GoTimeLayout: Sendable {
    private enum Element: Equatable {
        case literal(UInt8)
        case year4, year2, monthName(long: Bool), month, monthPlain, day, daySpace, dayPlain, weekday(long: Bool)
        case hour24, hour12, hour12Plain, minute, minutePlain, second, secondPlain, pm
        /// Digits after a dot or comma; `optional` (9s) may be absent.
        case fraction(digits: Int, optional: Bool)
        case zone(colon: Bool, z: Bool), zoneName
    }

    /// A fraction behind the seconds is accepted though the layout has none, as in Go.
    private let elements: [Element]

    private static let tokens: [(String, Element)] = [
        ("January", .monthName(long: true)), ("Jan", .monthName(long: false)), ("Monday", .weekday(long: true)),
        ("Mon", .weekday(long: false)), ("MST", .zoneName), ("2006", .year4), ("Z07:00", .zone(colon: true, z: true)),
        ("-07:00", .zone(colon: true, z: false)), ("Z0700", .zone(colon: false, z: true)),
        ("-0700", .zone(colon: false, z: false)), ("_2", .daySpace), ("01", .month), ("02", .day), ("03", .hour12),
        ("04", .minute), ("05", .second), ("06", .year2), ("15", .hour24), ("PM", .pm), ("1", .monthPlain),
        ("2", .dayPlain), ("3", .hour12Plain), ("4", .minutePlain), ("5", .secondPlain),
    ]
    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    package init(_ layout: String) {
        var rest = Substring(layout)
        var elements: [Element] = []
        scan: while let first = rest.first {
            if (first == "." || first == ","), let digit = rest.dropFirst().first, digit == "0" || digit == "9" {
                let run = rest.dropFirst().prefix { $0 == digit }
                if !(rest.dropFirst(run.count + 1).first?.isNumber ?? false) {
                    elements.append(.fraction(digits: run.count, optional: digit == "9"))
                    rest = rest.dropFirst(run.count + 1)
                    continue
                }
            }
            for (token, element) in Self.tokens where rest.hasPrefix(token) {
                elements.append(element)
                rest = rest.dropFirst(token.count)
                continue scan
            }
            elements += String(first).utf8.map { .literal($0) }
            rest = rest.dropFirst()
        }
        self.elements = elements
    }

    private struct Parts {
        var year: Int?
        var month = 1
        var day = 1
        var hour = 0
        var minute = 0
        var second = 0
        var nanoseconds = 0
        var isPM: Bool?
        var offsetSeconds: Int?
    }

    /// The time in `text`, or nil when it does not fit the layout. Without a zone the local one is meant. Without a
    /// year: the latest year that does not put it more than a day after `now`, since logs tell of the past.
    package func parse(_ text: String, now: Timestamp) -> Timestamp? {
        var parts = Parts()
        var rest = Array(text.utf8)[...]
        for (index, element) in elements.enumerated() {
            guard Self.read(element, &rest, &parts) else { return nil }
            let next = index + 1 < elements.count ? elements[index + 1] : nil
            if element == .second || element == .secondPlain, !Self.isFraction(next) {
                _ = Self.read(.fraction(digits: 9, optional: true), &rest, &parts)
            }
        }
        guard rest.isEmpty, (1...12).contains(parts.month), (1...31).contains(parts.day), parts.hour < 24,
            parts.minute < 60, parts.second < 61
        else { return nil }
        if parts.isPM == true, parts.hour < 12 { parts.hour += 12 }
        if parts.isPM == false, parts.hour == 12 { parts.hour = 0 }
        if let year = parts.year { return Self.time(parts, year) }
        var seconds = time_t(now.microseconds / 1_000_000)
        var current = tm()
        localtime_r(&seconds, &current)
        let year = Int(current.tm_year) + 1900
        let candidates = [year + 1, year, year - 1].compactMap { Self.time(parts, $0) }
        return candidates.first { $0 <= now + 86_400 } ?? candidates.last
    }

    private static func isFraction(_ element: Element?) -> Bool {
        if case .fraction? = element { true } else { false }
    }

    private static func time(_ parts: Parts, _ year: Int) -> Timestamp? {
        var value = tm()
        value.tm_year = Int32(year - 1900)
        value.tm_mon = Int32(parts.month - 1)
        value.tm_mday = Int32(parts.day)
        value.tm_hour = Int32(parts.hour)
        value.tm_min = Int32(parts.minute)
        value.tm_sec = Int32(parts.second)
        value.tm_isdst = -1
        let seconds: Int
        if let offset = parts.offsetSeconds { seconds = timegm(&value) - offset } else { seconds = mktime(&value) }
        if value.tm_mday != Int32(parts.day) { return nil }  // 31 April
        return Timestamp(microseconds: Int64(seconds) * 1_000_000 + Int64(parts.nanoseconds / 1000))
    }

    private static func read(_ element: Element, _ rest: inout ArraySlice<UInt8>, _ parts: inout Parts) -> Bool {
        func number(_ least: Int, _ most: Int) -> Int? {
            let digits = rest.prefix(most).prefix { (0x30...0x39).contains($0) }
            guard digits.count >= least else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        func name(_ names: [String], long: Bool) -> Int? {
            for (index, name) in names.enumerated() {
                let wanted = Array(long ? name : String(name.prefix(3)))
                let got = String(decoding: rest.prefix(wanted.count), as: UTF8.self).lowercased()
                if got == String(wanted) {
                    rest = rest.dropFirst(wanted.count)
                    return index
                }
            }
            return nil
        }
        func set(_ path: WritableKeyPath<Parts, Int>, _ value: Int?) -> Bool {
            if let value { parts[keyPath: path] = value }
            return value != nil
        }
        switch element {
        case .literal(let byte):
            guard rest.first == byte else { return false }
            rest = rest.dropFirst()
            return true
        case .year4:
            parts.year = number(4, 4)
            return parts.year != nil
        case .year2:
            parts.year = number(2, 2).map { $0 + ($0 >= 69 ? 1900 : 2000) }
            return parts.year != nil
        case .monthName(let long): return set(\.month, name(months, long: long).map { $0 + 1 })
        case .weekday(let long): return name(weekdays, long: long) != nil
        case .month: return set(\.month, number(2, 2))
        case .monthPlain: return set(\.month, number(1, 2))
        case .day: return set(\.day, number(2, 2))
        case .dayPlain: return set(\.day, number(1, 2))
        case .daySpace:
            if rest.first == 0x20 { rest = rest.dropFirst() }
            return set(\.day, number(1, 2))
        case .hour24, .hour12: return set(\.hour, number(2, 2))
        case .hour12Plain: return set(\.hour, number(1, 2))
        case .minute: return set(\.minute, number(2, 2))
        case .minutePlain: return set(\.minute, number(1, 2))
        case .second: return set(\.second, number(2, 2))
        case .secondPlain: return set(\.second, number(1, 2))
        case .pm:
            guard let index = name(["am ", "pm "].map { String($0.prefix(2)) }, long: true) else { return false }
            parts.isPM = index == 1
            return true
        case .fraction(let digits, let optional):
            guard let first = rest.first, first == UInt8(ascii: ".") || first == UInt8(ascii: ",") else {
                return optional
            }
            let run = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            if run.isEmpty || (!optional && run.count != digits) { return false }
            rest = rest.dropFirst(run.count + 1)
            parts.nanoseconds = (run.prefix(9) + Array(repeating: 0x30, count: max(0, 9 - run.count)))
                .reduce(0) { $0 * 10 + Int($1 - 0x30) }
            return true
        case .zone(let colon, let z): return zone(&rest, &parts, colon: colon, z: z)
        case .zoneName:
            let letters = rest.prefix { (0x41...0x5A).contains($0) }
            if String(decoding: letters, as: UTF8.self) == "UTC" || String(decoding: letters, as: UTF8.self) == "GMT" {
                parts.offsetSeconds = 0
            }
            rest = rest.dropFirst(letters.count)
            return letters.count >= 3
        }
    }

    private static func zone(_ rest: inout ArraySlice<UInt8>, _ parts: inout Parts, colon: Bool, z: Bool) -> Bool {
        if z, rest.first == UInt8(ascii: "Z") {
            rest = rest.dropFirst()
            parts.offsetSeconds = 0
            return true
        }
        let text = Array(rest.prefix(colon ? 6 : 5))
        guard text.count == (colon ? 6 : 5), text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            !colon || text[3] == UInt8(ascii: ":")
        else { return false }
        let digits = text.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard digits.count == 4, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        let value = digits.map { Int($0 - 0x30) }
        let seconds = (value[0] * 10 + value[1]) * 3600 + (value[2] * 10 + value[3]) * 60
        parts.offsetSeconds = text[0] == UInt8(ascii: "-") ? -seconds : seconds
        rest = rest.dropFirst(text.count)
        return true
    }
}
