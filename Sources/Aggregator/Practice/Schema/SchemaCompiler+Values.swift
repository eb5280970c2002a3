import KubernetesAPI
import Platform
import Regex
import YAML

/// Keywords' values, each with its type.
extension SchemaCompiler {
    func text(_ node: Node, _ key: String) throws(SchemaError) -> String {
        if let text = node.string { return text }
        throw SchemaError(message: "\(key) must be text; this is \(node.kindName)", mark: node.mark)
    }

    mutating func template(_ text: String, _ mark: Mark) throws(SchemaError) -> GoTemplate {
        do throws(TemplateError) {
            let template = try GoTemplate(text)
            templates.append(template)
            return template
        } catch {
            throw SchemaError(message: "in the template, \(error)", mark: mark)
        }
    }

    func flag(_ node: Node, _ key: String) throws(SchemaError) -> Bool {
        if case .bool(let flag) = node.value { return flag }
        throw SchemaError(message: "\(key) must be true or false", mark: node.mark)
    }

    func number(_ node: Node, _ key: String) throws(SchemaError) -> Double {
        if let number = node.number { return number }
        throw SchemaError(message: "\(key) must be a number; this is \(node.kindName)", mark: node.mark)
    }

    func count(_ node: Node, _ key: String) throws(SchemaError) -> Int {
        let number = try number(node, key)
        guard let whole = Int(exactly: number), whole >= 0 else {
            throw SchemaError(message: "\(key) must be a whole number of 0 or more", mark: node.mark)
        }
        return whole
    }

    func map(_ node: Node, _ key: String) throws(SchemaError) -> [Node.Pair] {
        if let pairs = node.pairs { return pairs }
        throw SchemaError(message: "\(key) must be a mapping; this is \(node.kindName)", mark: node.mark)
    }

    func keys(_ node: Node, _ key: String) throws(SchemaError) -> [JSONKey] {
        guard let items = node.items else {
            throw SchemaError(message: "\(key) must be a list of names", mark: node.mark)
        }
        var all: [JSONKey] = []
        for item in items { all.append(keys.key(try text(item, key))) }
        return all
    }

    func regex(_ pattern: String, _ mark: Mark) throws(SchemaError) -> Regex {
        do throws(RegexError) { return try Regex(pattern) } catch {
            throw SchemaError(
                message:
                    "the pattern '\(TextSafety.cut(pattern, bytesMax: 200))' is not a valid RE2 expression: \(error.message)",
                mark: mark)
        }
    }

    func types(_ node: Node) throws(SchemaError) -> SchemaTypes {
        var all: SchemaTypes = []
        for item in node.items ?? [node] {
            let word = try text(item, "type")
            guard let known = SchemaTypes.named.first(where: { $0.name == word }) else {
                let names = SchemaTypes.named.map(\.name)
                let guess = Suggestion.nearest(to: word, among: names).map { "; did you mean '\($0)'?" } ?? ""
                throw SchemaError(
                    message: "'\(word)' is not a valid type\(guess); the types are \(names.joined(separator: ", "))",
                    mark: item.mark)
            }
            all.insert(known.type)
        }
        return all
    }

    func quantity(_ node: Node, _ key: String) throws(SchemaError) -> Quantity {
        guard let text = node.string else {
            throw SchemaError(
                message: "\(key) must be a quantity in quotes, such as \"2\" or \"100Mi\"", mark: node.mark)
        }
        guard let quantity = Quantity(text) else {
            throw SchemaError(
                message: "\(key): '\(text)' is not a valid quantity, such as 100m, 1.5Gi or \"2\"", mark: node.mark)
        }
        return quantity
    }
}
