import Foundation
import KubernetesAPI
import Platform
import YAML

/// fmt.Sprintf (pkg.go.dev/fmt), the verbs that texts use: `%v %s %d %q %t %f %g %x %%`, with `-`, `0`, width and
/// precision.
enum TemplateFormat {
    /// Wider paddings are cut.
    static let widthMax = 1000

    static func plain(_ value: TemplateValue) -> String { value.isMissing ? "<nil>" : value.text }

    static func text(_ format: String, _ values: [TemplateValue]) -> String {
        var out = ""
        var next = 0
        var rest = format[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                out.append(character)
                continue
            }
            var flags = ""
            while let flag = rest.first, "-+# 0".contains(flag) { flags.append(rest.removeFirst()) }
            let width = min(Int(take(&rest)) ?? 0, widthMax)
            var precision: Int?
            if rest.first == "." {
                rest.removeFirst()
                precision = min(Int(take(&rest)) ?? 0, widthMax)
            }
            guard let verb = rest.popFirst() else { return out + "%!(NOVERB)" }
            if verb == "%" {
                out += "%"
                continue
            }
            guard next < values.count else {
                out += "%!\(verb)(MISSING)"
                continue
            }
            let cell = one(verb, flags, precision, values[next])
            next += 1
            let padding = max(0, width - cell.unicodeScalars.count)
            if flags.contains("-") {
                out += cell + String(repeating: " ", count: padding)
            } else if flags.contains("0"), padding > 0 {
                let sign = cell.hasPrefix("-") ? "-" : ""
                out += sign + String(repeating: "0", count: padding) + cell.dropFirst(sign.count)
            } else {
                out += String(repeating: " ", count: padding) + cell
            }
        }
        if next < values.count {
            let extra = values[next...].map { "\(goType($0))=\(plain($0))" }.joined(separator: ", ")
            out += "%!(EXTRA \(extra))"
        }
        return out
    }

    private static func take(_ rest: inout Substring) -> Substring {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest[digits.endIndex...]
        return digits
    }

    private static func goType(_ value: TemplateValue) -> String {
        switch value {
        case .missing: "<nil>"
        case .json(let view): view.kind == .array ? "[]interface {}" : "map[string]interface {}"
        case .overlay, .members: "map[string]interface {}"
        default: value.typeName
        }
    }

    private static func one(_ verb: Character, _ flags: String, _ precision: Int?, _ value: TemplateValue) -> String {
        func wrong() -> String {
            value.isMissing ? "%!\(verb)(<nil>)" : "%!\(verb)(\(goType(value))=\(value.text))"
        }
        switch (verb, value) {
        case ("v", _): return plain(value)
        case ("s", .string(let text)):
            return precision.map { String(text.unicodeScalars.prefix($0).map(Character.init)) } ?? text
        case ("s", .json), ("s", .overlay), ("s", .members): return value.text
        case ("q", .string(let text)):
            var json = JSONText()
            json.string(text)
            return String(decoding: json.bytes, as: UTF8.self)
        case ("d", .integer(let number)): return flags.contains("+") && number >= 0 ? "+\(number)" : "\(number)"
        // Numbers of JSON are floats in Go only where nobody looks; whole ones print as such.
        case ("d", .double(let number)) where number == number.rounded() && abs(number) < 1e15: return "\(Int(number))"
        case ("x", .integer(let number)): return String(number, radix: 16)
        case ("t", .bool(let flag)): return flag ? "true" : "false"
        case ("f", .double(let number)): return String(format: "%.\(precision ?? 6)f", number)
        case ("g", .double): return value.text
        default: return wrong()
        }
    }
}
