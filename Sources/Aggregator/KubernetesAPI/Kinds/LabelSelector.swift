/// A label selector (kubernetes.io/docs/concepts/overview/working-with-objects/labels).
package struct LabelSelector: Sendable, Equatable {
    package struct Requirement: Sendable, Equatable {
        var key: String
        var operation: String
        var values: [String]
    }

    package var requirements: [Requirement] = []
    /// A missing selector selects nothing; an empty one selects everything.
    var isPresent = true

    init(matching labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map {
            Requirement(key: $0.key, operation: "In", values: [$0.value])
        }
    }

    /// `matchLabels` and `matchExpressions`.
    package init(_ value: JSONValue?, _ texts: inout TextInterner) {
        guard let value, !value.isNull else {
            isPresent = false
            return
        }
        for (key, text) in value["matchLabels"]?.members ?? JSONValue.Members(value, isContainer: false) {
            requirements.append(Requirement(key: key, operation: "In", values: [texts.text(text)]))
        }
        requirements += LabelSelector(expressions: value.list("matchExpressions"), &texts).requirements
    }

    /// `matchExpressions` alone, or what is written like them.
    package init(expressions: JSONValue.Elements, _ texts: inout TextInterner) {
        for item in expressions {
            requirements.append(
                Requirement(
                    key: texts.text(item["key"]), operation: texts.text(item["operator"]),
                    values: item.list("values").map { $0.string ?? "" }))
        }
    }

    /// kubectl's `-l`: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.
    package init?(parsing text: String) {
        var rest = Substring(text.trimmingPrefix { $0 == " " })
        while !rest.isEmpty {
            guard let (requirement, left) = Self.requirement(rest) else { return nil }
            requirements.append(requirement)
            rest = left
        }
    }

    private static func requirement(_ text: Substring) -> (Requirement, Substring)? {
        var depth = 0
        let end = text.firstIndex { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return character == "," && depth == 0
        }
        let part = text[..<(end ?? text.endIndex)].trimmingBlanks
        let left = end.map { text[text.index(after: $0)...].trimmingBlanks } ?? ""
        if part.isEmpty { return nil }
        if part.hasPrefix("!") {
            return (
                Requirement(key: String(part.dropFirst().trimmingBlanks), operation: "DoesNotExist", values: []), left
            )
        }
        for (word, operation) in [(" notin ", "NotIn"), (" in ", "In")] {
            guard let range = part.firstRange(of: word) else { continue }
            let list = part[range.upperBound...].trimmingBlanks
            guard list.hasPrefix("("), list.hasSuffix(")") else { return nil }
            let values = list.dropFirst().dropLast().split(separator: ",").map { String($0.trimmingBlanks) }
            return (
                Requirement(
                    key: String(part[..<range.lowerBound].trimmingBlanks), operation: operation, values: values), left
            )
        }
        for (sign, operation) in [("!=", "NotIn"), ("==", "In"), ("=", "In")] {
            guard let range = part.firstRange(of: sign) else { continue }
            let key = String(part[..<range.lowerBound].trimmingBlanks)
            if key.isEmpty { return nil }
            return (
                Requirement(key: key, operation: operation, values: [String(part[range.upperBound...].trimmingBlanks)]),
                left
            )
        }
        return part.contains(" ") ? nil : (Requirement(key: String(part), operation: "Exists", values: []), left)
    }

    package func matches(_ labels: [String: String]) -> Bool {
        isPresent
            && requirements.allSatisfy { requirement in
                let value = labels[requirement.key]
                switch requirement.operation {
                case "In": return value.map { requirement.values.contains($0) } ?? false
                case "NotIn": return value.map { !requirement.values.contains($0) } ?? true
                case "Exists": return value != nil
                case "DoesNotExist": return value == nil
                // Of node affinity only; whole numbers.
                case "Gt", "Lt":
                    guard let own = value.flatMap({ Int($0) }),
                        let limit = requirement.values.first.flatMap({ Int($0) })
                    else { return false }
                    return requirement.operation == "Gt" ? own > limit : own < limit
                default: return false
                }
            }
    }
}

extension Substring {
    var trimmingBlanks: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
