/// What plain scalars are by their spelling.
enum YAMLScalar {
    /// go-yaml v2's resolve.go.
    static func yaml11(_ text: String) -> Node.Value {
        switch text {
        case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "n", "N", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, first == 0x2D || first == 0x2B || (0x30...0x39).contains(first) else {
            return core(text)
        }
        let plain = text.filter { $0 != "_" }
        let isNegative = first == 0x2D
        let digits = first == 0x2D || first == 0x2B ? plain.dropFirst() : plain[...]
        for (prefix, radix) in [("0x", 16), ("0X", 16), ("0b", 2), ("0o", 8), ("0", 8)]
        where digits.hasPrefix(prefix) && digits.count > prefix.count {
            if let number = Int(digits.dropFirst(prefix.count), radix: radix) {
                return .integer(isNegative ? -number : number)
            }
        }
        // An exponent needs its sign there: 1e3 is text.
        if let e = plain.firstIndex(where: { $0 == "e" || $0 == "E" }), !plain[e...].dropFirst().hasPrefix("+"),
            !plain[e...].dropFirst().hasPrefix("-")
        {
            return .string(text)
        }
        return core(plain.count == text.count ? text : plain)
    }

    /// YAML 1.2 core schema (yaml.org/spec/1.2.2, §10.3.2), less octal and hexadecimal numbers.
    static func core(_ text: String) -> Node.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        if let first = text.utf8.first,
            first == 0x2D || first == 0x2B || first == 0x2E || (0x30...0x39).contains(first),
            text.utf8.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) })
        {
            if let integer = Int(text) { return .integer(integer) }
            if let double = Double(text) { return .double(double) }
        }
        return .string(text)
    }
}
