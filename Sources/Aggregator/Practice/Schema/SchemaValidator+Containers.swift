import KubernetesAPI
import Platform

/// Lists and objects, and which of their parts some subschema has evaluated.
extension SchemaValidator {
    // MARK: Lists

    mutating func at(_ step: @autoclosure () -> PathStep, _ node: SchemaReference, _ value: JSONView) -> Bool {
        guard isExplaining else { return check(node, value) }
        path.append(step())
        defer { path.removeLast() }
        return check(node, value)
    }

    /// Without recording failures.
    mutating func quietly(_ node: SchemaReference, _ value: JSONView) -> Bool {
        let wasExplaining = isExplaining
        isExplaining = false
        defer { isExplaining = wasExplaining }
        return check(node, value)
    }

    mutating func checkArray(_ node: SchemaReference, _ value: JSONView) -> Bool {
        var isFine = true
        let count = value.count
        if let limit = node.value.maxItems, count > limit {
            fail(value, "must have at most \(counted(limit, "element"))")
            isFine = false
        }
        if let limit = node.value.minItems, count < limit {
            fail(value, "must have at least \(counted(limit, "element"))")
            isFine = false
        }
        if node.value.uniqueItems, !Self.isUnique(value) {
            fail(value, "must not contain duplicate elements")
            isFine = false
        }
        if !isFine, !isExplaining { return false }
        if node.value.items != nil || node.value.itemList != nil {
            for (index, element) in value.elements.enumerated() {
                var schema = node.value.items
                if let list = node.value.itemList {
                    schema = index < list.count ? list[index] : node.value.additionalItems
                }
                if let schema, !at(.index(index), schema, element) {
                    isFine = false
                    if !isExplaining { return false }
                }
            }
        }
        if let contains = node.value.contains {
            var hits = 0
            for element in value.elements where quietly(contains, element) { hits += 1 }
            if hits < node.value.minContains || node.value.maxContains.map({ hits > $0 }) ?? false {
                fail(value, "must contain the required number of matching elements; it contains \(hits)")
                isFine = false
            }
        }
        if let rest = node.value.unevaluatedItems {
            var seen = EvaluatedPlaces()
            collectItems(node, value, &seen, own: true)
            for (index, element) in value.elements.enumerated() where !seen.has(element.index) {
                if !at(.index(index), rest, element) { isFine = false }
            }
        }
        return isFine
    }

    private static func isUnique(_ value: JSONView) -> Bool {
        // Texts, which is what most lists hold, by a set; the rest pair by pair.
        var texts: Set<String> = []
        var others: [JSONView] = []
        for element in value.elements {
            if let text = element.string {
                if !texts.insert(text).inserted { return false }
            } else {
                if others.count < 2000, others.contains(where: { $0.isEqual(to: element) }) { return false }
                others.append(element)
            }
        }
        return true
    }

    // MARK: Objects

    mutating func checkObject(_ node: SchemaReference, _ value: JSONView) -> Bool {
        var isFine = true
        for key in node.value.required where value[key] == nil {
            fail(nil, "is required", at: key)
            isFine = false
            if !isExplaining { return false }
        }
        if node.value.maxProperties != nil || node.value.minProperties != nil {
            let count = value.count
            if let limit = node.value.maxProperties, count > limit {
                fail(value, "must have at most \(counted(limit, "member"))")
                isFine = false
            }
            if let limit = node.value.minProperties, count < limit {
                fail(value, limit == 1 ? "must not be empty" : "must have at least \(counted(limit, "member"))")
                isFine = false
            }
        }
        for (key, needs) in node.value.dependentRequired where value[key] != nil {
            for need in needs where value[need] == nil {
                fail(nil, "is required beside \(key.text)", at: need)
                isFine = false
            }
        }
        if let places = node.value.noSecrets, !checkSecrets(places, value) { isFine = false }
        if !isFine, !isExplaining { return false }
        if node.value.patternProperties.isEmpty, node.value.additionalProperties == nil, node.value.propertyNames == nil
        {
            for (key, schema) in node.value.properties {
                guard let member = value[key] else { continue }
                if !at(.key(key.text), schema, member) {
                    isFine = false
                    if !isExplaining { return false }
                }
            }
        } else if !checkMembers(node, value) {
            isFine = false
        }
        if let rest = node.value.unevaluatedProperties, isFine || isExplaining {
            var seen = EvaluatedPlaces()
            collectMembers(node, value, &seen, own: true)
            for (key, member) in value.members where !seen.has(member.index) {
                if !at(.key(key.string ?? ""), rest, member) { isFine = false }
            }
        }
        return isFine
    }

    private static let name: JSONKey = "name", text: JSONKey = "value"

    private mutating func checkSecrets(_ places: SchemaNode.SecretPlaces, _ value: JSONView) -> Bool {
        var isFine = true
        func judge(_ run: inout SchemaValidator, _ name: String, _ key: String, _ member: JSONView) {
            // What is not text is refused by the API server, and no secret.
            guard member.kind == .string, SecretText.isSecret(member.string ?? "", under: name) else { return }
            isFine = false
            run.path.append(.key(key))
            run.fail(nil, "must not hold a secret")
            run.path.removeLast()
        }
        switch places {
        case .variable:
            if let member = value[Self.text] { judge(&self, value[Self.name]?.string ?? "", "value", member) }
        case .values:
            for (key, member) in value.members {
                let name = key.string ?? ""
                judge(&self, name, name, member)
                if !isFine, !isExplaining { return false }
            }
        }
        return isFine
    }

    mutating func checkMembers(_ node: SchemaReference, _ value: JSONView) -> Bool {
        var isFine = true
        for (key, member) in value.members {
            var isKnown = false
            if let own = node.value.properties.first(where: { key.equals($0.key) }) {
                isKnown = true
                if !at(.key(own.key.text), own.schema, member) { isFine = false }
            }
            for (pattern, schema) in node.value.patternProperties where key.matches(pattern) {
                isKnown = true
                if !at(.key(key.string ?? ""), schema, member) { isFine = false }
            }
            if !isKnown, let schema = node.value.additionalProperties, !at(.key(key.string ?? ""), schema, member) {
                isFine = false
            }
            if let names = node.value.propertyNames, !at(.key(key.string ?? ""), names, key) { isFine = false }
            if !isFine, !isExplaining { return false }
        }
        return isFine
    }

    // MARK: What has been evaluated (2019-09 §9.3.1.3 and §9.3.2.4)

    private struct EvaluatedPlaces {
        var isAll = false
        var places: Set<Int> = []
        func has(_ place: Int) -> Bool { isAll || places.contains(place) }
    }

    private mutating func collectMembers(
        _ node: SchemaReference, _ value: JSONView, _ seen: inout EvaluatedPlaces, own: Bool
    ) {
        if seen.isAll { return }
        if node.value.additionalProperties != nil || !own && node.value.unevaluatedProperties != nil {
            seen.isAll = true
            return
        }
        for (key, member) in value.members {
            if node.value.properties.contains(where: { key.equals($0.key) })
                || node.value.patternProperties.contains(where: { key.matches($0.pattern) })
            {
                seen.places.insert(member.index)
            }
        }
        forEachValid(node, value) { run, schema in run.collectMembers(schema, value, &seen, own: false) }
    }

    private mutating func collectItems(
        _ node: SchemaReference, _ value: JSONView, _ seen: inout EvaluatedPlaces, own: Bool
    ) {
        if seen.isAll { return }
        if node.value.items != nil || node.value.itemList != nil && node.value.additionalItems != nil
            || !own && node.value.unevaluatedItems != nil
        {
            seen.isAll = true
            return
        }
        for (element, _) in zip(value.elements, node.value.itemList ?? []) { seen.places.insert(element.index) }
        forEachValid(node, value) { run, schema in run.collectItems(schema, value, &seen, own: false) }
    }

    /// The subschemas at the same value whose evaluations count.
    mutating func forEachValid(
        _ node: SchemaReference, _ value: JSONView, _ body: (inout SchemaValidator, SchemaReference) -> Void
    ) {
        var all = node.value.allOf + [node.value.reference].compactMap { $0 }
        for schema in (node.value.anyOf ?? []) + (node.value.oneOf ?? []) where quietly(schema, value) {
            all.append(schema)
        }
        if let condition = node.value.condition {
            if quietly(condition, value) {
                all += [condition, node.value.then].compactMap { $0 }
            } else if let otherwise = node.value.otherwise {
                all.append(otherwise)
            }
        }
        for (key, schema) in node.value.dependentSchemas where value[key] != nil { all.append(schema) }
        for schema in all { body(&self, schema) }
    }
}
