import Shared

/// One validation of one value. It is bounded: a schema that looks at too much, or too deep, ends `isExhausted`.
struct SchemaValidator {
    /// Subschema evaluations.
    static let stepsMax = 2_000_000
    static let depthMax = 400
    /// Failures that are told.
    static let failuresMax = 32

    private let context: (any SchemaContext)?
    private var steps = 0
    private var depth = 0
    private var isExplaining = false
    private var path: [PathStep] = []
    private(set) var failures: [SchemaFailure] = []
    /// It could not be decided within the limits.
    private(set) var isExhausted = false

    init(context: (any SchemaContext)? = nil) { self.context = context }

    mutating func isValid(_ schema: Schema, _ value: JSONView) -> Bool {
        isExplaining = false
        return check(schema.root, value) && !isExhausted
    }

    /// Every place that the schema does not accept, up to `failuresMax`; empty where it accepts the value.
    mutating func explain(_ schema: Schema, _ value: JSONView) -> [SchemaFailure] {
        isExplaining = true
        steps = 0
        defer { isExplaining = false }
        path = []
        failures = []
        _ = check(schema.root, value)
        return failures
    }

    // MARK: One subschema

    /// Notes a failure. Whoever only wants to know whether it is valid stops at the first.
    private mutating func fail(_ value: JSONView?, _ message: @autoclosure () -> String, at key: JSONKey? = nil) {
        guard isExplaining, failures.count < Self.failuresMax else { return }
        var text = JSONText()
        if let value { text.value(value) }
        let cut = TextSafety.cut(String(decoding: text.bytes, as: UTF8.self), bytesMax: SchemaFailure.valueBytesMax)
        failures.append(
            SchemaFailure(path: path + (key.map { [.key($0.text)] } ?? []), value: cut, message: message()))
    }

    private mutating func check(_ node: SchemaNode, _ value: JSONView) -> Bool {
        steps += 1
        guard steps <= Self.stepsMax, depth < Self.depthMax, !isExhausted else {
            isExhausted = true
            return false
        }
        depth += 1
        defer { depth -= 1 }
        if let literal = node.literal {
            if !literal { fail(value, "nothing is allowed here") }
            return literal
        }
        var isFine = true
        let kind = value.kind
        if let types = node.types, !Self.has(types, value, kind) {
            fail(value, "must be \(types.names)")
            if !isExplaining { return false }
            isFine = false
        }
        if node.constant != nil || node.constantTemplate != nil || node.enumeration != nil, !checkConstants(node, value) {
            if !isExplaining { return false }
            isFine = false
        }
        if node.hasApplicators, !checkApplicators(node, value) {
            if !isExplaining { return false }
            isFine = false
        }
        let fits: Bool =
            switch kind {
            case .integer, .double: !node.hasNumberRules && node.resourceMinimum == nil && node.resourceMaximum == nil || checkNumber(node, value)
            case .string: !node.hasStringRules || checkString(node, value)
            case .array: (!node.hasArrayRules || checkArray(node, value)) && checkQuantity(node, value)
            case .object:
                (!node.hasObjectRules || checkObject(node, value))
                    && (!node.selectsPodTemplate && !node.overlapsPodTemplate || checkSelector(node, value))
                    && checkQuantity(node, value)
            case .bool, .null: checkQuantity(node, value)
            }
        if isFine, fits, let template = node.templateTrue {
            let text = context?.render(template)
            if text == "true" { return true }
            fail(value, "must be as \(TextSafety.cut(template.text, bytesMax: 100)) says")
            return false
        }
        return isFine && fits
    }

    private static func has(_ types: SchemaTypes, _ value: JSONView, _ kind: JSONValue.Kind) -> Bool {
        switch kind {
        case .object: types.contains(.object)
        case .array: types.contains(.array)
        case .string: types.contains(.string)
        case .bool: types.contains(.boolean)
        case .null: types.contains(.null)
        case .integer: !types.isDisjoint(with: [.number, .integer])
        case .double:
            types.contains(.number) || types.contains(.integer) && value.double.map { $0 == $0.rounded() } ?? false
        }
    }

    private mutating func checkConstants(_ node: SchemaNode, _ value: JSONView) -> Bool {
        if let constant = node.constant, !constant.equals(value) {
            fail(value, "must be \(Self.text(constant))")
            return false
        }
        if let template = node.constantTemplate {
            guard let text = context?.render(template) else { return false }
            if !value.equals(JSONKey(text)) {
                fail(value, "must be \"\(text)\"")
                return false
            }
        }
        if let all = node.enumeration, !all.contains(where: { $0.equals(value) }) {
            fail(value, "must be one of \(all.prefix(12).map(Self.text).joined(separator: ", "))")
            return false
        }
        return true
    }

    private static func text(_ literal: SchemaLiteral) -> String {
        switch literal {
        case .string(let key): "\"\(key.text)\""
        case .other(.bool(let flag)): "\(flag)"
        case .other(.integer(let number)): "\(number)"
        case .other(.double(let number)): "\(number)"
        case .other(.null): "null"
        case .other: "the given value"
        }
    }

    // MARK: Scalars

    private mutating func checkNumber(_ node: SchemaNode, _ value: JSONView) -> Bool {
        guard let number = value.double else { return true }
        var problem: String?
        if let limit = node.maximum, number > limit { problem = "must be at most \(Self.short(limit))" }
        if let limit = node.exclusiveMaximum, number >= limit { problem = "must be below \(Self.short(limit))" }
        if let limit = node.minimum, number < limit { problem = "must be at least \(Self.short(limit))" }
        if let limit = node.exclusiveMinimum, number <= limit { problem = "must be above \(Self.short(limit))" }
        if let step = node.multipleOf, !Self.isMultiple(number, step) { problem = "must be a multiple of \(Self.short(step))" }
        if let problem {
            fail(value, problem)
            return false
        }
        return checkQuantity(node, value)
    }

    private static func isMultiple(_ number: Double, _ step: Double) -> Bool {
        if number.truncatingRemainder(dividingBy: step) == 0 { return true }
        // 0.0075 / 0.0001 is no whole number in binary, but as near to one as doubles are.
        let times = number / step
        return times.isFinite && abs(times - times.rounded()) < 1e-9 * max(1, abs(times)) && abs(times) < 1e9
            && step != step.rounded()
    }

    private static func short(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }

    private mutating func checkString(_ node: SchemaNode, _ value: JSONView) -> Bool {
        var isFine = true
        if node.maxLength != nil || node.minLength != nil {
            let length = value.scalarCount ?? 0
            if let limit = node.maxLength, length > limit {
                fail(value, "must have at most \(limit) characters")
                isFine = false
            }
            if let limit = node.minLength, length < limit {
                fail(value, limit == 1 ? "must not be empty" : "must have at least \(limit) characters")
                isFine = false
            }
        }
        if let pattern = node.pattern, !value.matches(pattern) {
            fail(value, "must match \(TextSafety.cut(pattern.pattern, bytesMax: 200))")
            isFine = false
        }
        if let format = node.format, !format.accepts(value.string ?? "") {
            fail(value, "must be a \(format.rawValue)")
            isFine = false
        }
        if let prefixes = node.imageFrom, !ImageName(value.string ?? "").isFrom(prefixes) {
            fail(value, "must come from \(prefixes.joined(separator: ", "))")
            isFine = false
        }
        return checkQuantity(node, value) && isFine
    }

    private mutating func checkQuantity(_ node: SchemaNode, _ value: JSONView) -> Bool {
        if node.resourceMinimum == nil, node.resourceMaximum == nil { return true }
        guard let text = value.string, let quantity = Quantity(text) else {
            fail(value, "must be a quantity")
            return false
        }
        if let limit = node.resourceMinimum, quantity < limit {
            fail(value, "must be at least \(limit.canonical)")
            return false
        }
        if let limit = node.resourceMaximum, quantity > limit {
            fail(value, "must be at most \(limit.canonical)")
            return false
        }
        return true
    }

    private mutating func checkSelector(_ node: SchemaNode, _ value: JSONView) -> Bool {
        let labels = context?.podTemplateLabels ?? [:]
        if SelectorMatch.matches(value, labels) { return true }
        if node.overlapsPodTemplate, SelectorMatch.overlaps(value, labels) { return true }
        fail(value, "must select the pods of this workload")
        return false
    }

    // MARK: Lists

    private mutating func at(_ step: @autoclosure () -> PathStep, _ node: SchemaNode, _ value: JSONView) -> Bool {
        guard isExplaining else { return check(node, value) }
        path.append(step())
        defer { path.removeLast() }
        return check(node, value)
    }

    /// Without telling anything.
    private mutating func quietly(_ node: SchemaNode, _ value: JSONView) -> Bool {
        let wasExplaining = isExplaining
        isExplaining = false
        defer { isExplaining = wasExplaining }
        return check(node, value)
    }

    private mutating func checkArray(_ node: SchemaNode, _ value: JSONView) -> Bool {
        var isFine = true
        let count = value.count
        if let limit = node.maxItems, count > limit {
            fail(value, "must have at most \(limit) elements")
            isFine = false
        }
        if let limit = node.minItems, count < limit {
            fail(value, "must have at least \(limit) elements")
            isFine = false
        }
        if node.uniqueItems, !Self.isUnique(value) {
            fail(value, "must not hold an element twice")
            isFine = false
        }
        if !isFine, !isExplaining { return false }
        if node.items != nil || node.itemList != nil {
            for (index, element) in value.elements.enumerated() {
                var schema = node.items
                if let list = node.itemList { schema = index < list.count ? list[index] : node.additionalItems }
                if let schema, !at(.index(index), schema, element) {
                    isFine = false
                    if !isExplaining { return false }
                }
            }
        }
        if let contains = node.contains {
            var hits = 0
            for element in value.elements where quietly(contains, element) { hits += 1 }
            if hits < node.minContains || node.maxContains.map({ hits > $0 }) ?? false {
                fail(value, "must hold the right number of certain elements; \(hits) are there")
                isFine = false
            }
        }
        if let rest = node.unevaluatedItems {
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

    private mutating func checkObject(_ node: SchemaNode, _ value: JSONView) -> Bool {
        var isFine = true
        for key in node.required where value[key] == nil {
            fail(nil, "is required", at: key)
            isFine = false
            if !isExplaining { return false }
        }
        if node.maxProperties != nil || node.minProperties != nil {
            let count = value.count
            if let limit = node.maxProperties, count > limit {
                fail(value, "must have at most \(limit) members")
                isFine = false
            }
            if let limit = node.minProperties, count < limit {
                fail(value, limit == 1 ? "must not be empty" : "must have at least \(limit) members")
                isFine = false
            }
        }
        for (key, needs) in node.dependentRequired where value[key] != nil {
            for need in needs where value[need] == nil {
                fail(nil, "is required beside \(key.text)", at: need)
                isFine = false
            }
        }
        if !isFine, !isExplaining { return false }
        if node.patternProperties.isEmpty, node.additionalProperties == nil, node.propertyNames == nil {
            for (key, schema) in node.properties {
                guard let member = value[key] else { continue }
                if !at(.key(key.text), schema, member) {
                    isFine = false
                    if !isExplaining { return false }
                }
            }
        } else if !checkMembers(node, value) {
            isFine = false
        }
        if let rest = node.unevaluatedProperties, isFine || isExplaining {
            var seen = EvaluatedPlaces()
            collectMembers(node, value, &seen, own: true)
            for (key, member) in value.members where !seen.has(member.index) {
                if !at(.key(key.string ?? ""), rest, member) { isFine = false }
            }
        }
        return isFine
    }

    private mutating func checkMembers(_ node: SchemaNode, _ value: JSONView) -> Bool {
        var isFine = true
        for (key, member) in value.members {
            var isKnown = false
            if let own = node.properties.first(where: { key.equals($0.key) }) {
                isKnown = true
                if !at(.key(own.key.text), own.schema, member) { isFine = false }
            }
            for (pattern, schema) in node.patternProperties where key.matches(pattern) {
                isKnown = true
                if !at(.key(key.string ?? ""), schema, member) { isFine = false }
            }
            if !isKnown, let schema = node.additionalProperties, !at(.key(key.string ?? ""), schema, member) {
                isFine = false
            }
            if let names = node.propertyNames, !at(.key(key.string ?? ""), names, key) { isFine = false }
            if !isFine, !isExplaining { return false }
        }
        return isFine
    }

    // MARK: Applicators

    private mutating func checkApplicators(_ node: SchemaNode, _ value: JSONView) -> Bool {
        var isFine = true
        if let reference = node.reference, !check(reference, value) { isFine = false }
        if !isFine, !isExplaining { return false }
        for schema in node.allOf where !check(schema, value) {
            isFine = false
            if !isExplaining { return false }
        }
        if let all = node.anyOf, !checkAny(all, value) { isFine = false }
        if let all = node.oneOf {
            let hits = all.reduce(0) { hits, schema in hits + (quietly(schema, value) ? 1 : 0) }
            if hits == 0 { _ = checkAny(all, value) }
            if hits > 1 { fail(value, "must match exactly one alternative; it matches \(hits)") }
            if hits != 1 { isFine = false }
        }
        if let not = node.not, quietly(not, value) {
            fail(value, "has a value that is not allowed")
            isFine = false
        }
        if let condition = node.condition {
            let branch = quietly(condition, value) ? node.then : node.otherwise
            if let branch, !check(branch, value) { isFine = false }
        }
        if value.kind == .object {
            for (key, schema) in node.dependentSchemas where value[key] != nil {
                if !check(schema, value) { isFine = false }
            }
        }
        return isFine
    }

    /// Of alternatives that all fail, the one that came furthest is told.
    private mutating func checkAny(_ all: [SchemaNode], _ value: JSONView) -> Bool {
        if all.contains(where: { quietly($0, value) }) { return true }
        guard isExplaining else { return false }
        let before = failures
        var best: [SchemaFailure] = []
        var bestDepth = -1
        for schema in all {
            failures = []
            _ = check(schema, value)
            let deepest = failures.map(\.path.count).max() ?? 0
            if deepest > bestDepth { (best, bestDepth) = (failures, deepest) }
        }
        failures = before
        if bestDepth > path.count || all.count == 1 {
            failures += best.prefix(Self.failuresMax - failures.count)
        } else {
            fail(value, "matches none of the alternatives" + (best.first.map { ": \($0.message)" } ?? ""))
        }
        return false
    }

    // MARK: What has been evaluated (2019-09 §9.3.1.3 and §9.3.2.4)

    private struct EvaluatedPlaces {
        var isAll = false
        var places: Set<Int> = []
        func has(_ place: Int) -> Bool { isAll || places.contains(place) }
    }

    private mutating func collectMembers(_ node: SchemaNode, _ value: JSONView, _ seen: inout EvaluatedPlaces, own: Bool) {
        if seen.isAll { return }
        if node.additionalProperties != nil || !own && node.unevaluatedProperties != nil {
            seen.isAll = true
            return
        }
        for (key, member) in value.members {
            if node.properties.contains(where: { key.equals($0.key) })
                || node.patternProperties.contains(where: { key.matches($0.pattern) })
            {
                seen.places.insert(member.index)
            }
        }
        forEachValid(node, value) { run, schema in run.collectMembers(schema, value, &seen, own: false) }
    }

    private mutating func collectItems(_ node: SchemaNode, _ value: JSONView, _ seen: inout EvaluatedPlaces, own: Bool) {
        if seen.isAll { return }
        if node.items != nil || node.itemList != nil && node.additionalItems != nil
            || !own && node.unevaluatedItems != nil
        {
            seen.isAll = true
            return
        }
        for (element, _) in zip(value.elements, node.itemList ?? []) { seen.places.insert(element.index) }
        forEachValid(node, value) { run, schema in run.collectItems(schema, value, &seen, own: false) }
    }

    /// The subschemas at the same value whose evaluations count.
    private mutating func forEachValid(
        _ node: SchemaNode, _ value: JSONView, _ body: (inout SchemaValidator, SchemaNode) -> Void
    ) {
        var all = node.allOf + [node.reference].compactMap { $0 }
        for schema in (node.anyOf ?? []) + (node.oneOf ?? []) where quietly(schema, value) { all.append(schema) }
        if let condition = node.condition {
            if quietly(condition, value) {
                all += [condition, node.then].compactMap { $0 }
            } else if let otherwise = node.otherwise {
                all.append(otherwise)
            }
        }
        for (key, schema) in node.dependentSchemas where value[key] != nil { all.append(schema) }
        for schema in all { body(&self, schema) }
    }
}
