/// A Kubernetes quantity, `100m`, `1.5Gi`, `2e3`
/// (kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity).
package struct Quantity: Sendable, Equatable, Comparable {
    /// In units of one; exact enough to compare limits of machines.
    package let value: Double
    /// As the API server writes it.
    package let canonical: String

    private static let decimal: [(String, Int)] = [
        ("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18),
    ]
    private static let binary: [(String, Int)] = [
        ("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60),
    ]

    /// nil where it is not a valid quantity.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "+" || $0 == "-") }
        let suffix = text[digits.endIndex...]
        guard digits.contains(where: \.isNumber), let number = Double(digits), number.isFinite else { return nil }
        if let (_, bits) = Self.binary.first(where: { $0.0 == suffix }) {
            value = number * Double(1 << bits)
            canonical = Self.write(number, suffix: suffix, text, isBinary: true)
        } else if let (_, power) = Self.decimal.first(where: { $0.0 == suffix }) {
            value = number * Self.power(power)
            canonical = Self.write(number, suffix: suffix, text, isBinary: false)
        } else if suffix.first == "e" || suffix.first == "E", let power = Int(suffix.dropFirst()), abs(power) <= 18 {
            value = number * Self.power(power)
            canonical = Self.write(number, suffix: suffix, text, isBinary: false)
        } else {
            return nil
        }
    }

    /// A number without quotes, which YAML allows.
    package init(_ number: Double) {
        value = number
        if let whole = Int(exactly: number) {
            canonical = "\(whole)"
        } else if let thousandths = Int(exactly: (number * 1000).rounded()) {
            canonical = "\(thousandths)m"
        } else {
            canonical = "\(number)"
        }
    }

    private static func power(_ exponent: Int) -> Double {
        var value = 1.0
        for _ in 0..<abs(exponent) { value *= 10 }
        return exponent < 0 ? 1 / value : value
    }

    /// `0.5` is written `500m`, `1000m` is written `1`, `1024Mi` is written `1Gi`: no fraction, the largest suffix.
    private static func write(_ number: Double, suffix: Substring, _ text: String, isBinary: Bool) -> String {
        if number == 0 { return "0" }
        if isBinary {
            guard var place = binary.firstIndex(where: { $0.0 == suffix }) else { return text }
            var scaled = number
            while scaled != scaled.rounded(), place > 0 {
                scaled *= 1024
                place -= 1
            }
            if scaled != scaled.rounded() { return Int(exactly: (scaled * 1024).rounded(.up)).map(String.init) ?? text }
            guard var whole = Int(exactly: scaled) else { return text }
            while whole % 1024 == 0, place + 1 < binary.count {
                whole /= 1024
                place += 1
            }
            return "\(whole)\(binary[place].0)"
        }
        // Scientific notation stays what it is.
        guard var place = decimal.firstIndex(where: { $0.0 == suffix }) else { return text }
        var scaled = number
        while scaled != scaled.rounded(), place > 0 {
            scaled = (scaled * 1000 * 1e6).rounded() / 1e6
            place -= 1
        }
        guard scaled == scaled.rounded(), var whole = Int(exactly: scaled) else { return text }
        while whole % 1000 == 0, place + 1 < decimal.count {
            whole /= 1000
            place += 1
        }
        return "\(whole)\(decimal[place].0)"
    }

    package static func < (a: Quantity, b: Quantity) -> Bool { a.value < b.value }
}
