import Foundation
import KubernetesAPI
import Platform
import YAML

/// The functions of templates: Go's own, as far as checks use them, and `hasPrefix` and `hasSuffix`.
enum TemplateFunctions {
    static let names = [
        "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "index", "len", "print", "printf", "println",
        "hasPrefix",
        "hasSuffix",
    ]

    static func call(_ name: String, _ arguments: [TemplateValue], _ mark: Mark) throws(TemplateError) -> TemplateValue
    {
        func need(_ count: Int) throws(TemplateError) {
            if arguments.count != count {
                throw TemplateError(
                    message: "\(name) takes \(counted(count, "value")); got \(arguments.count)", mark: mark)
            }
        }
        switch name {
        case "not":
            try need(1)
            return .bool(!arguments[0].isTrue)
        case "eq":
            guard arguments.count >= 2 else { throw TemplateError(message: "eq takes two values or more", mark: mark) }
            for other in arguments.dropFirst() where try equal(arguments[0], other, mark) { return .bool(true) }
            return .bool(false)
        case "ne":
            try need(2)
            return .bool(!(try equal(arguments[0], arguments[1], mark)))
        case "lt", "le", "gt", "ge":
            try need(2)
            let order = try compare(arguments[0], arguments[1], mark)
            return .bool(name == "lt" ? order < 0 : name == "le" ? order <= 0 : name == "gt" ? order > 0 : order >= 0)
        case "index": return try index(arguments, mark)
        case "len":
            try need(1)
            switch arguments[0] {
            case .string(let text): return .integer(text.utf8.count)
            case .json(let view), .overlay(let view, _): return .integer(view.count)
            case .members(let all): return .integer(all.count)
            default: throw TemplateError(message: "len of type \(arguments[0].typeName)", mark: mark)
            }
        case "print", "println": return .string(print(arguments, isLine: name == "println"))
        case "printf":
            guard case .string(let format)? = arguments.first else {
                throw TemplateError(message: "printf needs a format", mark: mark)
            }
            return .string(TemplateFormat.text(format, Array(arguments.dropFirst())))
        case "hasPrefix", "hasSuffix":
            try need(2)
            guard case .string(let text) = arguments[0], case .string(let part) = arguments[1] else {
                throw TemplateError(
                    message: "\(name) takes two texts; \(arguments[0].typeName) and \(arguments[1].typeName) are given",
                    mark: mark)
            }
            return .bool(name == "hasPrefix" ? text.hasPrefix(part) : text.hasSuffix(part))
        default: throw TemplateError(message: "'\(name)' is not a known function", mark: mark)
        }
    }

    /// nil equals nil alone; numbers are compared by value, whatever their type.
    private static func equal(_ a: TemplateValue, _ b: TemplateValue, _ mark: Mark) throws(TemplateError) -> Bool {
        switch (a, b) {
        case (.missing, .missing): return true
        case (.missing, _), (_, .missing): return false
        case (.bool(let a), .bool(let b)): return a == b
        case (.string(let a), .string(let b)): return a == b
        default:
            if let a = a.number, let b = b.number { return a == b }
            throw TemplateError(
                message: "incompatible types for comparison: \(a.typeName) and \(b.typeName)", mark: mark)
        }
    }

    private static func compare(_ a: TemplateValue, _ b: TemplateValue, _ mark: Mark) throws(TemplateError) -> Int {
        if let a = a.number, let b = b.number { return a < b ? -1 : a > b ? 1 : 0 }
        if case .string(let a) = a, case .string(let b) = b {
            return a == b ? 0 : Bytewise.precedes(a, b) ? -1 : 1
        }
        throw TemplateError(message: "incompatible types for comparison: \(a.typeName) and \(b.typeName)", mark: mark)
    }

    private static func index(_ arguments: [TemplateValue], _ mark: Mark) throws(TemplateError) -> TemplateValue {
        guard var value = arguments.first else { throw TemplateError(message: "index needs a value", mark: mark) }
        for key in arguments.dropFirst() {
            switch (value, key) {
            case (.missing, _): throw TemplateError(message: "index of untyped nil", mark: mark)
            case (.json(let view), .integer(let place)) where view.kind == .array:
                guard place >= 0, place < view.count,
                    let element = view.elements.dropFirst(place).first(where: { _ in true })
                else {
                    throw TemplateError(message: "index out of range: \(place)", mark: mark)
                }
                value = TemplateValue(element)
            case (.string(let text), .integer(let place)):
                let bytes = Array(text.utf8)
                guard bytes.indices.contains(place) else {
                    throw TemplateError(message: "index out of range: \(place)", mark: mark)
                }
                value = .integer(Int(bytes[place]))
            case (_, .string(let name)):
                guard let member = value.member(name) else {
                    throw TemplateError(message: "can't index item of type \(value.typeName) with a text", mark: mark)
                }
                value = member
            default:
                throw TemplateError(message: "can't index \(value.typeName) with \(key.typeName)", mark: mark)
            }
        }
        return value
    }

    /// fmt.Sprint: blanks between neighbours of which neither is a text; Sprintln: always.
    private static func print(_ values: [TemplateValue], isLine: Bool) -> String {
        var out = ""
        var wasText = true
        for (place, value) in values.enumerated() {
            let isText = if case .string = value { true } else { false }
            if place > 0, isLine || !isText && !wasText { out += " " }
            out += TemplateFormat.plain(value)
            wasText = isText
        }
        return isLine ? out + "\n" : out
    }
}
