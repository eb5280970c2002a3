package import Platform
package import Regex
package import YAML

/// Reads the fields of one mapping and records every mistake with its place instead of stopping at the first.
package struct FieldReader {
    package let file: String
    package let node: Node
    package let path: String
    package private(set) var problems: [DocumentProblem] = []
    private var known: Set<String> = []

    package init(_ node: Node, file: String, path: String) {
        self.node = node
        self.file = file
        self.path = path
        if node.pairs == nil { report(node.mark, "", "a mapping is expected, this is \(node.kindName)") }
    }

    package mutating func report(
        _ mark: Mark, _ field: String, _ message: String, level: DocumentProblem.Level = .error
    ) {
        let full = [path, field].filter { !$0.isEmpty }.joined(separator: ".")
        problems.append(DocumentProblem(level, file: file, mark: mark, field: full, message: message))
    }

    package mutating func adopt(_ other: [DocumentProblem]) { problems += other }

    /// The field's value; a missing one, or `null`, is nil.
    package mutating func node(_ name: String) -> Node? {
        known.insert(name)
        guard let value = node[name], value.value != .null else { return nil }
        return value
    }

    package mutating func text(_ name: String) -> String? {
        guard let value = node(name) else { return nil }
        switch value.value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        default:
            report(value.mark, name, "text is expected, this is \(value.kindName)")
            return nil
        }
    }

    package mutating func requiredText(_ name: String, example: String) -> String? {
        if node(name) == nil {
            report(node.mark, name, "is missing; for example `\(name): \(example)`")
            return nil
        }
        guard let text = text(name) else { return nil }
        if text.isEmpty {
            report(node(name)?.mark ?? node.mark, name, "must not be empty; for example `\(name): \(example)`")
            return nil
        }
        return text
    }

    package mutating func texts(_ name: String) -> [String] {
        guard let value = node(name) else { return [] }
        if let one = value.string { return [one] }
        guard let items = value.items else {
            report(value.mark, name, "a list of texts is expected, this is \(value.kindName)")
            return []
        }
        return items.compactMap { item in
            if item.string == nil { report(item.mark, name, "text is expected, this is \(item.kindName)") }
            return item.string
        }
    }

    package mutating func flag(_ name: String) -> Bool? {
        guard let value = node(name) else { return nil }
        if case .bool(let flag) = value.value { return flag }
        report(value.mark, name, "true or false is expected, this is \(value.kindName)")
        return nil
    }

    package mutating func positiveInteger(_ name: String, max: Int) -> Int? {
        guard let value = node(name) else { return nil }
        guard case .integer(let number) = value.value, (1...max).contains(number) else {
            report(value.mark, name, "a whole number from 1 to \(max) is expected")
            return nil
        }
        return number
    }

    /// Seconds of a Go duration, above zero.
    package mutating func duration(_ name: String) -> Double? {
        guard let value = node(name) else { return nil }
        guard let text = value.string else {
            report(value.mark, name, "a duration such as 10m is expected, this is \(value.kindName)")
            return nil
        }
        do throws(GoDuration.Problem) {
            let seconds = try GoDuration.seconds(text)
            if seconds > 0 { return seconds }
            report(value.mark, name, "a duration above zero is expected")
        } catch {
            report(value.mark, name, error.description)
        }
        return nil
    }

    package mutating func choice<Value: RawRepresentable & CaseIterable>(_ name: String, _: Value.Type) -> Value?
    where Value.RawValue == String {
        guard let text = text(name) else { return nil }
        if let value = Value(rawValue: text) { return value }
        let all = Value.allCases.map(\.rawValue)
        let near = Suggestion.value(for: text, among: all).map { "; did you mean `\($0)`?" } ?? ""
        report(node(name)?.mark ?? node.mark, name, "'\(text)' is not one of \(all.joined(separator: ", "))\(near)")
        return nil
    }

    package mutating func pattern(_ name: String) -> String? {
        guard let text = text(name), let mark = node(name)?.mark else { return nil }
        return checkPattern(text, mark, name) == nil ? nil : text
    }

    /// The compiled pattern, or nil with RE2's message recorded as a problem.
    package mutating func checkPattern(_ text: String, _ mark: Mark, _ name: String) -> Regex? {
        do throws(RegexError) {
            return try Regex(text)
        } catch {
            let hint =
                text.contains("(?=") || text.contains("(?!") || text.contains("(?<=") || text.contains("(?<!")
                ? " RE2 has no look-around: match the context and capture what you need with a group." : ""
            report(mark, name, "not a valid RE2 expression: \(error.message).\(hint)")
            return nil
        }
    }

    /// Reports fields that were not read. `extra` names fields that are known but not read.
    package mutating func finish(extra: [String] = [], level: DocumentProblem.Level = .error) {
        let names = known.union(extra)
        for pair in node.pairs ?? [] where !names.contains(pair.key) {
            let near = Suggestion.nearest(to: pair.key, among: names.sorted()).map { "; did you mean `\($0)`?" }
            let list = near ?? "; the fields here are \(names.sorted().joined(separator: ", "))"
            report(pair.keyMark, pair.key, "unknown field\(list)", level: level)
        }
        var seen: Set<String> = []
        for pair in node.pairs ?? [] where !seen.insert(pair.key).inserted {
            report(pair.keyMark, pair.key, "given twice; the last value is used", level: .warning)
        }
    }
}
