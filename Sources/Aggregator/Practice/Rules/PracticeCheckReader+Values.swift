import KubernetesAPI
import Platform
import YAML

/// Schemas and plain values of rule files.
extension PracticeCheckReader {
    // MARK: Schemas

    mutating func compiled(_ node: Node, _ field: String) -> Schema? {
        do throws(SchemaError) { return try SchemaCompiler.compile(node, takesTemplates: true) } catch {
            report(error.mark, field, error.message)
            return nil
        }
    }

    /// A schema as a tree. A template in a constant is rendered when it is compared; anywhere else the whole schema is
    /// rendered for each object.
    mutating func source(tree: Node, _ field: String) -> SchemaSource? {
        if Self.hasTemplate(tree, outside: ["const", "templateTrue"]) {
            var text = JSONText()
            text.value(tree)
            return template(String(decoding: text.bytes, as: UTF8.self), tree.mark, field)
        }
        return compiled(tree, field).map { .compiled($0) }
    }

    mutating func source(text node: Node, takesTemplates: Bool, _ field: String) -> SchemaSource? {
        let text = text(node, field)
        if takesTemplates, text.contains("{{") { return template(text, node.mark, field) }
        do throws(SchemaError) {
            guard let tree = try Self.schema(text) else { return nil }
            return .compiled(try SchemaCompiler.compile(tree))
        } catch {
            // A block text starts on the line after its key.
            report(Mark(line: node.mark.line + error.mark.line, column: error.mark.column), field, error.message)
            return nil
        }
    }

    /// The tree of a schema's text; nil where there is none but white space.
    static func schema(_ text: String) throws(SchemaError) -> Node? {
        do throws(DocumentProblem) { return try YAMLReader.readAll(Array(text.utf8), dialect: .kubernetes).first } catch
        {
            throw SchemaError(message: error.message, mark: error.mark)
        }
    }

    mutating func template(_ text: String, _ mark: Mark, _ field: String) -> SchemaSource? {
        do throws(TemplateError) { return .template(try GoTemplate(text)) } catch {
            report(Mark(line: mark.line + error.mark.line, column: error.mark.column), field, error.message)
            return nil
        }
    }

    private static func hasTemplate(_ node: Node, outside keys: [String]) -> Bool {
        if let text = node.string { return text.contains("{{") }
        if let items = node.items { return items.contains { hasTemplate($0, outside: keys) } }
        return (node.pairs ?? []).contains { pair in
            pair.key.contains("{{")
                || !(keys.contains(pair.key) && pair.value.string != nil) && hasTemplate(pair.value, outside: keys)
        }
    }

    /// The name that a related object must have, if the schema says so in the plain way.
    static func name(in schema: Node) -> GoTemplate? {
        func find(_ node: Node, _ depth: Int) -> GoTemplate? {
            if let text = node["properties"]?["metadata"]?["properties"]?["name"]?["const"]?.string {
                return try? GoTemplate(text)
            }
            guard depth > 0 else { return nil }
            for part in node["allOf"]?.items ?? [] {
                var part = part
                if let reference = part["$ref"]?.string, reference.hasPrefix("#/$defs/"),
                    let target = schema["$defs"]?[String(reference.dropFirst(8))]
                {
                    part = target
                }
                if let found = find(part, depth - 1) { return found }
            }
            return nil
        }
        return find(schema, 2)
    }

    static func usesSelector(_ schema: Node) -> Bool {
        let spec = schema["properties"]?["spec"]?["properties"]
        return ["selector", "podSelector"].contains { name in
            ["selectsPodTemplate", "overlapsPodTemplate"].contains { spec?[name]?[$0]?.value == .bool(true) }
        }
    }

    // MARK: Values

    mutating func text(_ node: Node, _ field: String) -> String {
        switch node.value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .bool(let flag): return String(flag)
        case .null: return ""
        default:
            report(node.mark, field, "text is expected, this is \(node.kindName)")
            return ""
        }
    }

    mutating func texts(_ node: Node, _ field: String) -> [String] {
        if node.value == .null { return [] }
        var all: [String] = []
        for item in node.items ?? [node] { all.append(text(item, field)) }
        return all
    }

    mutating func flag(_ node: Node, _ field: String) -> Bool {
        if case .bool(let flag) = node.value { return flag }
        report(node.mark, field, "true or false is expected")
        return false
    }

    mutating func local(_ node: Node, _ field: String) -> LocalText {
        if node.pairs == nil {
            let text = text(node, field)
            return LocalText(text, text)
        }
        for pair in node.pairs ?? [] where !["en", "zh"].contains(pair.key) {
            report(pair.keyMark, field, "unknown field '\(pair.key)'; the fields here are en, zh", level: .warning)
        }
        let english = node["en"].map { text($0, field) } ?? ""
        return LocalText(english, node["zh"].map { text($0, field) } ?? english)
    }

    mutating func inclusion(_ node: Node, _ field: String, _ known: [String]?) -> Inclusion {
        var inclusion = Inclusion()
        for pair in node.pairs ?? [] {
            switch pair.key.lowercased() {
            case "include": inclusion.include = texts(pair.value, field)
            case "exclude": inclusion.exclude = texts(pair.value, field)
            default: report(pair.keyMark, field, "unknown field; the fields here are include, exclude", level: .warning)
            }
        }
        if node.pairs == nil, node.value != .null { report(node.mark, field, "include and exclude are expected") }
        for name in inclusion.include + inclusion.exclude where known.map({ !$0.contains(name) }) ?? false {
            report(node.mark, field, "'\(name)' is not a valid kind of container; use container or initContainer")
        }
        return inclusion
    }

    mutating func mutations(_ node: Node, _ field: String) -> [CheckMutation] {
        guard let items = node.items else {
            report(node.mark, field, "a list is expected")
            return []
        }
        var all: [CheckMutation] = []
        for item in items {
            let operation = item["op"]?.string ?? "add"
            guard ["add", "replace", "remove"].contains(operation) else {
                report(item.mark, field, "'\(operation)' is not a valid operation; use add, replace or remove")
                continue
            }
            guard let path = item["path"]?.string, path.hasPrefix("/") else {
                report(item.mark, field, "path must begin with /")
                continue
            }
            all.append(
                .init(
                    path: path, operation: operation, value: item["value"],
                    comment: item["comment"].map { text($0, field) } ?? ""))
        }
        return all
    }
}
