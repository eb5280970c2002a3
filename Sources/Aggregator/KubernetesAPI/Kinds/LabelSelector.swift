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
            guard let (requirement, left) = Self.requirement(rest), requirement.isValid else { return nil }
            requirements.append(requirement)
            // Behind a comma another one is expected.
            if let left, left.isEmpty { return nil }
            rest = left ?? ""
        }
    }

    /// - Returns: what begins the text, and what stands behind its comma; nil where there is none.
    private static func requirement(_ text: Substring) -> (Requirement, Substring?)? {
        var depth = 0
        let end = text.firstIndex { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            return character == "," && depth == 0
        }
        let part = text[..<(end ?? text.endIndex)].trimmingBlanks
        let left = end.map { text[text.index(after: $0)...].trimmingBlanks }
        if part.isEmpty { return nil }
        if part.hasPrefix("!") {
            return (
                Requirement(key: String(part.dropFirst().trimmingBlanks), operation: "DoesNotExist", values: []), left
            )
        }
        for (word, operation) in [(" notin", "NotIn"), (" in", "In")] {
            guard let range = part.firstRange(of: word) else { continue }
            let list = part[range.upperBound...].trimmingBlanks
            guard list.hasPrefix("(") else { continue }
            guard list.hasSuffix(")") else { return nil }
            let values = list.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
                .map { String($0.trimmingBlanks) }
            return (
                Requirement(
                    key: String(part[..<range.lowerBound].trimmingBlanks), operation: operation, values: values), left
            )
        }
        for (sign, operation) in [("!=", "NotIn"), ("==", "In"), ("=", "In"), (">", "Gt"), ("<", "Lt")] {
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

extension LabelSelector.Requirement {
    /// Of names and values that labels can have (RFC 1123 subdomain as prefix; at most 63 characters).
    var isValid: Bool {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let name = parts.last, !name.isEmpty, Self.isValue(name) else { return false }
        if parts.count == 2 {
            let prefix = parts[0]
            let isDomain = prefix.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
                !label.isEmpty && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy { Self.isLetterOrDigit($0) && $0 | 0x20 == $0 || $0 == UInt8(ascii: "-") }
            }
            if !isDomain || prefix.utf8.count > 253 { return false }
        }
        if operation == "Gt" || operation == "Lt" { return values.allSatisfy { Int($0) != nil } }
        return values.allSatisfy { Self.isValue($0[...]) }
    }

    private static func isValue(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, let last = text.utf8.last else { return true }
        return text.utf8.count <= 63 && isLetterOrDigit(first) && isLetterOrDigit(last)
            && text.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
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
