/// Durations in Go's spelling (`time.ParseDuration`): `300ms`, `5m`, `1h2m3.5s`; and days,
/// `7d`, which people write and Go does not know.
package enum GoDuration {
    /// What is wrong with a duration, in words.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    private static let units: [(String, Double)] = [
        ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
    ]

    /// Seconds. An empty text is an error, as in Go; `0` needs no unit.
    /// - Parameter allowsDays: false in files of programs that Go reads: what loads here loads there.
    package static func seconds(_ text: String, allowsDays: Bool = true) throws(Problem) -> Double {
        let units = allowsDays ? Self.units + [("d", 86_400)] : Self.units
        let known = allowsDays ? "ms, s, m or h, or d for days" : "ms, s, m or h"
        var rest = Substring(text)
        var sign = 1.0
        if let first = rest.first, first == "-" || first == "+" {
            sign = first == "-" ? -1 : 1
            rest = rest.dropFirst()
        }
        if rest == "0" { return 0 }
        if rest.isEmpty { throw Problem(description: "'\(text)' is not a valid duration, such as 5m or 1h30m") }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard let value = Double(digits.hasPrefix(".") ? "0" + digits : String(digits)), digits != "." else {
                throw Problem(description: "'\(text)' is not a valid duration, such as 5m or 1h30m")
            }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
            if name.isEmpty { throw Problem(description: "'\(text)' lacks a unit: \(known)") }
            guard let unit = units.first(where: { $0.0 == name }) else {
                throw Problem(description: "'\(name)' in '\(text)' is not a valid unit; use \(known)")
            }
            total += value * unit.1
            rest = rest.dropFirst(name.count)
        }
        return sign * total
    }

    /// The shortest spelling that `seconds` reads again: `90s`, `10m`, `24h`, `2.5s`.
    package static func text(_ seconds: Double) -> String {
        guard seconds == seconds.rounded(), abs(seconds) < 1e15 else { return "\(seconds)s" }
        let whole = Int(seconds)
        if whole != 0, whole % 3600 == 0 { return "\(whole / 3600)h" }
        if whole != 0, whole % 60 == 0 { return "\(whole / 60)m" }
        return "\(whole)s"
    }

    /// A short human spelling: `45s`, `6m`, `3h12m`, `2d4h`.
    package static func brief(_ seconds: Double) -> String {
        let whole = Int(saturating: max(0, seconds).rounded(.down))
        switch whole {
        case ..<60: return "\(whole)s"
        case ..<3600: return "\(whole / 60)m"
        case ..<86_400: return whole % 3600 < 60 ? "\(whole / 3600)h" : "\(whole / 3600)h\(whole % 3600 / 60)m"
        default: return whole % 86_400 < 3600 ? "\(whole / 86_400)d" : "\(whole / 86_400)d\(whole % 86_400 / 3600)h"
        }
    }
}
