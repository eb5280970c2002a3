/// A rule's message: `{name}` is a capture, `{line}` the matched text, `{{` a brace; a part in `[[ ]]` disappears
/// when one of its captures is missing.
package struct MessageTemplate: Hashable, Sendable {
    private indirect enum Part: Hashable {
        case text(String)
        case capture(String)
        case optional([Part])
    }

    /// What is wrong with a template, in words.
    package struct Problem: Error, Equatable { package let message: String }

    private let parts: [Part]
    /// As it was written.
    package let source: String
    /// Captures that it names.
    package let names: Set<String>

    /// - Throws: `Problem` for unbalanced braces or brackets.
    package init(_ text: String) throws(Problem) {
        var rest = Substring(text)
        let parts = try Self.parse(&rest, insideOptional: false)
        self.parts = parts
        source = text
        names = Set(Self.captures(parts)).subtracting(["line"])
    }

    private static func parse(_ rest: inout Substring, insideOptional: Bool) throws(Problem) -> [Part] {
        var parts: [Part] = []
        var text = ""
        func flush() {
            if !text.isEmpty { parts.append(.text(text)) }
            text = ""
        }
        while let character = rest.first {
            if rest.hasPrefix("{{") || rest.hasPrefix("}}") {
                text.append(character)
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("[["), !insideOptional {
                flush()
                rest = rest.dropFirst(2)
                parts.append(.optional(try parse(&rest, insideOptional: true)))
            } else if rest.hasPrefix("]]"), insideOptional {
                rest = rest.dropFirst(2)
                flush()
                return parts
            } else if character == "{" {
                flush()
                guard let end = rest.firstIndex(of: "}") else {
                    throw Problem(message: "'{' without '}'; write '{{' for a brace")
                }
                parts.append(.capture(String(rest[rest.index(after: rest.startIndex)..<end])))
                rest = rest[rest.index(after: end)...]
            } else {
                text.append(character)
                rest = rest.dropFirst()
            }
        }
        if insideOptional { throw Problem(message: "'[[' without ']]'") }
        flush()
        return parts
    }

    private static func captures(_ parts: [Part]) -> [String] {
        parts.flatMap { part -> [String] in
            switch part {
            case .text: []
            case .capture(let name): [name]
            case .optional(let inner): captures(inner)
            }
        }
    }

    /// A missing capture outside `[[ ]]` prints as `?`.
    package func render(_ captures: [String: String], line: String) -> String {
        Self.render(parts, captures, line) { _ in "?" } ?? ""
    }

    private static func render(
        _ parts: [Part], _ captures: [String: String], _ line: String, missing: (String) -> String?
    ) -> String? {
        var out = ""
        for part in parts {
            switch part {
            case .text(let text): out += text
            case .capture("line"): out += line
            case .capture(let name):
                guard let value = captures[name] ?? missing(name) else { return nil }
                out += value
            case .optional(let inner): out += render(inner, captures, line) { _ in nil } ?? ""
            }
        }
        return out
    }
}
