import KubernetesAPI
import Platform

/// A value within a template. Values of JSON stay on the tape; they are valid while their document lives.
enum TemplateValue {
    /// Not there: printed `<no value>`, false.
    case missing
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
    /// A list or an object.
    case json(JSONView)
    /// An object with members of ours before its own.
    case overlay(JSONView, [String: TemplateValue])
    case members([String: TemplateValue])

    init(_ view: JSONView?) {
        guard let view else {
            self = .missing
            return
        }
        switch view.kind {
        case .null: self = .missing
        case .bool: self = .bool(view.bool ?? false)
        case .integer: self = view.integer.map { .integer($0) } ?? .double(view.double ?? 0)
        case .double: self = .double(view.double ?? 0)
        case .string: self = .string(view.string ?? "")
        case .array, .object: self = .json(view)
        }
    }

    init(_ literal: TemplateLiteral) {
        switch literal {
        case .null: self = .missing
        case .bool(let flag): self = .bool(flag)
        case .integer(let number): self = .integer(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        }
    }

    var isMissing: Bool { if case .missing = self { true } else { false } }

    /// As Go's templates judge it: the zero value of its type is false.
    var isTrue: Bool {
        switch self {
        case .missing: false
        case .bool(let flag): flag
        case .integer(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .json(let view): view.count > 0
        case .overlay: true
        case .members(let all): !all.isEmpty
        }
    }

    /// What Go calls its type, for messages.
    var typeName: String {
        switch self {
        case .missing: "nil"
        case .bool: "bool"
        case .integer: "int"
        case .double: "float64"
        case .string: "string"
        case .json(let view): view.kind == .array ? "a list" : "a map"
        case .overlay, .members: "a map"
        }
    }

    var number: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    func member(_ name: String) -> TemplateValue? {
        switch self {
        case .missing: return .missing
        case .json(let view) where view.kind == .object: return TemplateValue(view.member(named: name))
        case .overlay(let view, let own): return own[name] ?? TemplateValue(view.member(named: name))
        case .members(let all): return all[name] ?? .missing
        default: return nil
        }
    }

    /// As fmt's `%v` prints it: `map[a:1 b:2]`, `[1 2]`, `<no value>`.
    var text: String {
        switch self {
        case .missing: return "<no value>"
        case .bool(let flag): return flag ? "true" : "false"
        case .integer(let number): return "\(number)"
        case .double(let number): return Self.text(number)
        case .string(let text): return text
        case .overlay(let view, _): return TemplateValue.json(view).text
        case .members(let all):
            let pairs = all.sorted { Bytewise.precedes($0.key, $1.key) }.map { "\($0.key):\($0.value.text)" }
            return "map[\(pairs.joined(separator: " "))]"
        case .json(let view):
            if view.kind == .array { return "[" + view.elements.map { Self.nested($0) }.joined(separator: " ") + "]" }
            let pairs = view.members.map { ($0.key.string ?? "", Self.nested($0.value)) }
                .sorted { Bytewise.precedes($0.0, $1.0) }
            return "map[" + pairs.map { "\($0.0):\($0.1)" }.joined(separator: " ") + "]"
        }
    }

    /// Within a list or map nil has a spelling of its own.
    private static func nested(_ view: JSONView) -> String {
        view.kind == .null ? "<nil>" : TemplateValue(view).text
    }

    /// strconv's `%g` with the shortest digits: an exponent below -4 and from 21 on.
    private static func text(_ number: Double) -> String {
        if number == number.rounded(), abs(number) < 1e15 { return "\(Int(number))" }
        let text = "\(number)"
        guard let e = text.firstIndex(of: "e") else { return text.hasSuffix(".0") ? String(text.dropLast(2)) : text }
        var mantissa = String(text[..<e])
        if mantissa.hasSuffix(".0") { mantissa = String(mantissa.dropLast(2)) }
        let exponent = Int(text[text.index(after: e)...]) ?? 0
        if exponent < 21, exponent > 0 {
            let digits = mantissa.filter { $0 != "." }, sign = digits.hasPrefix("-") ? 1 : 0
            return digits + String(repeating: "0", count: max(0, exponent + 1 - (digits.count - sign)))
        }
        return "\(mantissa)e\(exponent < 0 ? "-" : "+")\(abs(exponent) < 10 ? "0" : "")\(abs(exponent))"
    }
}
