import Documents
import Platform
import YAML

/// A kind of log that rule files name under `source:`: which fields it has, and what they mean. Rule files are read,
/// written and checked by it; how its records are read is the agent's `LogSourceEntry` of the same kind.
package struct LogSourceKind: Sendable {
    package struct Field: Sendable {
        package enum Form: Sendable {
            /// One word of a few.
            case word
            case text
            /// A regular expression of RE2.
            case pattern
            /// Names of which a record has one; rules that share a name see the same records.
            case names
            case list
        }

        package let name: String
        package let form: Form
        /// Where the field must be given.
        let example: String?

        package init(_ name: String, _ form: Form, example: String? = nil) {
            self.name = name
            self.form = form
            self.example = example
        }
    }

    /// As rule files spell it.
    package let name: String
    /// In the order in which they are written.
    package let fields: [Field]
    /// What is wrong with these fields together; nil: nothing. It may take away those that mean nothing.
    let check: @Sendable (inout [String: [String]]) -> String?
    let title: @Sendable (SourceSelector) -> String
    /// Whether it is the kernel's log; nil: nobody can tell.
    let isKernel: @Sendable (SourceSelector) -> Bool?

    package init(
        name: String, fields: [Field], check: @escaping @Sendable (inout [String: [String]]) -> String? = { _ in nil },
        title: @escaping @Sendable (SourceSelector) -> String,
        isKernel: @escaping @Sendable (SourceSelector) -> Bool?
    ) {
        self.name = name
        self.fields = fields
        self.check = check
        self.title = title
        self.isKernel = isKernel
    }

    package static func named(_ name: String) -> LogSourceKind? { all.first { $0.name == name } }

    // MARK: Rule files

    /// `source:` of a rule file.
    static func read(_ reader: inout FieldReader) -> SourceSelector? {
        let example = "`source: { journald: { transport: kernel } }`"
        let names = all.map(\.name)
        guard let node = reader.node("source") else {
            reader.report(reader.node.mark, "source", "is missing; for example \(example)")
            return nil
        }
        guard let pairs = node.pairs, pairs.count == 1, let pair = pairs.first else {
            reader.report(
                node.mark, "source",
                "exactly one of \(names.joined(separator: ", ")) is expected; for example \(example)")
            return nil
        }
        let body = pair.value.value == .null ? Node(.mapping([]), mark: pair.keyMark) : pair.value
        var fields = FieldReader(body, file: reader.file, path: "source.\(pair.key)")
        defer { reader.adopt(fields.problems) }
        guard let kind = named(pair.key) else {
            let near = Suggestion.nearest(to: pair.key, among: names).map { "; did you mean `\($0)`?" } ?? ""
            let list = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
            fields.report(pair.keyMark, "", "unknown source; use \(list)\(near)")
            return nil
        }
        return kind.read(&fields, at: pair.keyMark)
    }

    private func read(_ reader: inout FieldReader, at mark: Mark) -> SourceSelector? {
        var values: [String: [String]] = [:]
        for field in fields {
            switch field.form {
            case .names, .list: values[field.name] = reader.texts(field.name)
            case .pattern: values[field.name] = reader.pattern(field.name).map { [$0] }
            case .word, .text:
                guard let example = field.example else {
                    values[field.name] = reader.text(field.name).map { [$0] }
                    continue
                }
                guard let text = reader.requiredText(field.name, example: example) else { return nil }
                values[field.name] = [text]
            }
        }
        let isRead = reader.problems.isEmpty
        reader.finish()
        if let problem = check(&values) {
            reader.report(mark, "", problem)
            return nil
        }
        return isRead ? SourceSelector(kind: name, values: values) : nil
    }

    /// What follows `source:` in a rule file.
    static func write(_ selector: SourceSelector) -> String {
        let fields = (named(selector.kind)?.fields ?? []).compactMap { field -> String? in
            let values = selector[field.name]
            guard let first = values.first else { return nil }
            let value =
                switch field.form {
                case .word: RuleWriter.word(first)
                case .text, .pattern: RuleWriter.quoted(first)
                case .names, .list: RuleWriter.list(values)
                }
            return "\(field.name): \(value)"
        }
        return "{ \(selector.kind): \(fields.isEmpty ? "{}" : "{ \(fields.joined(separator: ", ")) }") }"
    }
}
