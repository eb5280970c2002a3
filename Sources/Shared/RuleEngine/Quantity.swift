import Platform

/// Numbers as log lines write them: `-0.002`, `90%`, `105 C`, `1h2m3.5s`, `64Ki`, `856872kB`, `0x1f`.
///
/// Times become seconds, sizes bytes; a percent sign and a degree change nothing. `k`, `M`, `G`, `T` are powers of 1000
/// (SI), with `i` or `B` of 1024, as the kernel and Kubernetes write them.
enum Quantity {
    static let unitNames = "ns, us, ms, s, m, h, d, %, C, k, M, G, T, Ki, Mi, Gi, Ti, kB, MB, GB, TB"

    private static let units: [String: Double] = [
        "": 1, "%": 1, "C": 1, "°C": 1, "B": 1, "bytes": 1, "seconds": 1, "secs": 1, "sec": 1, "minutes": 60,
        "hours": 3600,
        "d": 86_400, "days": 86_400, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 1024, "KiB": 1024, "kB": 1024,
        "KB": 1024,
        "Mi": 1_048_576, "MiB": 1_048_576, "MB": 1_048_576, "Gi": 1_073_741_824, "GiB": 1_073_741_824,
        "GB": 1_073_741_824, "Ti": 1_099_511_627_776, "TiB": 1_099_511_627_776, "TB": 1_099_511_627_776,
    ]

    /// nil: not a number, or an unknown unit.
    static func value(_ text: String) -> Double? {
        let text = text.trimmingSpaces()
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            return UInt64(text.dropFirst(2), radix: 16).map { Double($0) }
        }
        var digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }
        let rest = text.dropFirst(digits.count)
        if digits.first == "+" { digits = digits.dropFirst() }
        if digits.hasPrefix(".") { digits = "0" + digits }
        if let number = Double(digits), number.isFinite,
            let factor = units[String(rest.drop { $0 == " " })]
        {
            return number * factor
        }
        do throws(GoDuration.Problem) { return try GoDuration.seconds(text) } catch { return nil }
    }
}

extension String {
    /// Without white space at its ends.
    func trimmingSpaces() -> String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
