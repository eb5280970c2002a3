/// Tags of YAML's own types (yaml.org/type), as go-yaml v2 reads them.
enum YAMLTag {
    private static let prefix = "tag:yaml.org,2002:"
    static let merge = prefix + "merge"

    /// `!!int` for the tag in its long form.
    static func short(_ tag: String) -> String {
        tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
    }

    /// A tagged scalar's value; nil: it is none of that type.
    /// - Parameter plain: what the text is without a tag.
    static func value(_ text: String, _ plain: Node.Value, tag: String) -> Node.Value? {
        guard tag.hasPrefix(prefix) else { return .string(text) }
        switch (tag.dropFirst(prefix.count), plain) {
        case ("bool", .bool), ("int", .integer), ("float", .double), ("null", .null): return plain
        case ("float", .integer(let number)): return .double(Double(number))
        case ("bool", _), ("int", _), ("float", _), ("null", _): return nil
        case ("binary", _): return binary(text).map { .string(String(decoding: $0, as: UTF8.self)) }
        // Times are text in JSON.
        default: return .string(text)
        }
    }

    /// RFC 4648 §4, with blanks and line breaks between; nil: something else is in it.
    private static func binary(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = [], held: UInt32 = 0, bits = 0, digits = 0, padding = 0
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: continue
            case UInt8(ascii: "="):
                padding += 1
                continue
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = byte - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = byte - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): digit = 62
            case UInt8(ascii: "/"): digit = 63
            default: return nil
            }
            if padding > 0 { return nil }
            digits += 1
            held = held << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
            }
        }
        return (digits + padding) % 4 == 0 && padding <= 2 ? bytes : nil
    }
}
