import KubernetesAPI
import Platform
import Regex
import YAML

/// One validation of one value. It is bounded: a schema that looks at too much, or too deep, ends `isExhausted`.
struct SchemaValidator {
    /// Subschema evaluations.
    static let stepsMax = 2_000_000
    static let depthMax = 400
    /// Failures that are reported.
    static let failuresMax = 32

    private let context: (any SchemaContext)?
    private var steps = 0
    private var depth = 0
    var isExplaining = false
    var path: [PathStep] = []
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

    /// Records a failure. Validation without an explanation stops at the first.
    mutating func fail(_ value: JSONView?, _ message: @autoclosure () -> String, at key: JSONKey? = nil) {
        guard isExplaining, failures.count < Self.failuresMax else { return }
        var text = JSONText()
        if let value { text.value(value) }
        let cut = TextSafety.cut(String(decoding: text.bytes, as: UTF8.self), bytesMax: SchemaFailure.valueBytesMax)
        failures.append(
            SchemaFailure(path: path + (key.map { [.key($0.text)] } ?? []), value: cut, message: message()))
    }

    mutating func check(_ node: SchemaReference, _ value: JSONView) -> Bool {
        steps += 1
        guard steps <= Self.stepsMax, depth < Self.depthMax, !isExhausted else {
            isExhausted = true
            return false
        }
        depth += 1
        defer { depth -= 1 }
        if let literal = node.value.literal {
            if !literal { fail(value, "nothing is allowed here") }
            return literal
        }
        var isFine = true
        let kind = value.kind
        if let types = node.value.types, !Self.has(types, value, kind) {
            fail(value, "must be \(types.names)")
            if !isExplaining { return false }
            isFine = false
        }
        if node.value.constant != nil || node.value.constantTemplate != nil || node.value.enumeration != nil,
            !checkConstants(node, value)
        {
            if !isExplaining { return false }
            isFine = false
        }
        if node.value.hasApplicators, !checkApplicators(node, value) {
            if !isExplaining { return false }
            isFine = false
        }
        let fits: Bool =
            switch kind {
            case .integer, .double:
                !node.value.hasNumberRules && node.value.resourceMinimum == nil && node.value.resourceMaximum == nil
                    || checkNumber(node, value)
            case .string: !node.value.hasStringRules || checkString(node, value)
            case .array: (!node.value.hasArrayRules || checkArray(node, value)) && checkQuantity(node, value)
            case .object:
                (!node.value.hasObjectRules || checkObject(node, value))
                    && (!node.value.selectsPodTemplate && !node.value.overlapsPodTemplate || checkSelector(node, value))
                    && checkQuantity(node, value)
            case .bool, .null: checkQuantity(node, value)
            }
        if isFine, fits, let template = node.value.templateTrue {
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

    private mutating func checkConstants(_ node: SchemaReference, _ value: JSONView) -> Bool {
        if let constant = node.value.constant, !constant.equals(value) {
            fail(value, "must be \(Self.text(constant))")
            return false
        }
        if let template = node.value.constantTemplate {
            guard let text = context?.render(template) else { return false }
            if !value.equals(text) {
                fail(value, "must be \"\(text)\"")
                return false
            }
        }
        if let all = node.value.enumeration, !all.contains(where: { $0.equals(value) }) {
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

    private mutating func checkNumber(_ node: SchemaReference, _ value: JSONView) -> Bool {
        guard let number = value.double else { return true }
        var problem: String?
        if let limit = node.value.maximum, number > limit { problem = "must be at most \(Self.short(limit))" }
        if let limit = node.value.exclusiveMaximum, number >= limit { problem = "must be below \(Self.short(limit))" }
        if let limit = node.value.minimum, number < limit { problem = "must be at least \(Self.short(limit))" }
        if let limit = node.value.exclusiveMinimum, number <= limit { problem = "must be above \(Self.short(limit))" }
        if let step = node.value.multipleOf, !Self.isMultiple(number, step) {
            problem = "must be a multiple of \(Self.short(step))"
        }
        if let problem {
            fail(value, problem)
            return false
        }
        return checkQuantity(node, value)
    }

    private static func isMultiple(_ number: Double, _ step: Double) -> Bool {
        if number.truncatingRemainder(dividingBy: step) == 0 { return true }
        // 0.0075 / 0.0001 is not a whole number in binary, but as near to one as doubles are.
        let times = number / step
        return times.isFinite && abs(times - times.rounded()) < 1e-9 * max(1, abs(times))
            && (abs(times) < 1e9 || times == times.rounded()) && step != step.rounded()
    }

    private static func short(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    }

    private mutating func checkString(_ node: SchemaReference, _ value: JSONView) -> Bool {
        var isFine = true
        if node.value.maxLength != nil || node.value.minLength != nil {
            let length = value.scalarCount ?? 0
            if let limit = node.value.maxLength, length > limit {
                fail(value, "must have at most \(counted(limit, "character"))")
                isFine = false
            }
            if let limit = node.value.minLength, length < limit {
                fail(value, limit == 1 ? "must not be empty" : "must have at least \(counted(limit, "character"))")
                isFine = false
            }
        }
        if let pattern = node.value.pattern, !value.matches(pattern) {
            fail(value, "must match \(TextSafety.cut(pattern.pattern, bytesMax: 200))")
            isFine = false
        }
        if let format = node.value.format, !format.accepts(value.string ?? "") {
            fail(value, "must be a \(format.rawValue)")
            isFine = false
        }
        if let prefixes = node.value.imageFrom, !ImageName(value.string ?? "").isFrom(prefixes) {
            fail(value, "must come from \(prefixes.joined(separator: ", "))")
            isFine = false
        }
        return checkQuantity(node, value) && isFine
    }

    mutating func checkQuantity(_ node: SchemaReference, _ value: JSONView) -> Bool {
        if node.value.resourceMinimum == nil, node.value.resourceMaximum == nil { return true }
        guard let text = value.string, let quantity = Quantity(text) else {
            fail(value, "must be a quantity")
            return false
        }
        if let limit = node.value.resourceMinimum, quantity < limit {
            fail(value, "must be at least \(limit.canonical)")
            return false
        }
        if let limit = node.value.resourceMaximum, quantity > limit {
            fail(value, "must be at most \(limit.canonical)")
            return false
        }
        return true
    }

    private mutating func checkSelector(_ node: SchemaReference, _ value: JSONView) -> Bool {
        let labels = context?.podTemplateLabels ?? [:]
        if SelectorMatch.matches(value, labels) { return true }
        if node.value.overlapsPodTemplate, SelectorMatch.overlaps(value, labels) { return true }
        fail(value, "must select the pods of this workload")
        return false
    }

    // MARK: Applicators

    private mutating func checkApplicators(_ node: SchemaReference, _ value: JSONView) -> Bool {
        var isFine = true
        if let reference = node.value.reference, !check(reference, value) { isFine = false }
        if !isFine, !isExplaining { return false }
        for schema in node.value.allOf where !check(schema, value) {
            isFine = false
            if !isExplaining { return false }
        }
        if let all = node.value.anyOf, !checkAny(all, value) { isFine = false }
        if let all = node.value.oneOf {
            let hits = all.reduce(0) { hits, schema in hits + (quietly(schema, value) ? 1 : 0) }
            if hits == 0 { _ = checkAny(all, value) }
            if hits > 1 { fail(value, "must match exactly one alternative; it matches \(hits)") }
            if hits != 1 { isFine = false }
        }
        if let not = node.value.not, quietly(not, value) {
            fail(value, "has a value that is not allowed")
            isFine = false
        }
        if let condition = node.value.condition {
            let branch = quietly(condition, value) ? node.value.then : node.value.otherwise
            if let branch, !check(branch, value) { isFine = false }
        }
        if value.kind == .object {
            for (key, schema) in node.value.dependentSchemas where value[key] != nil {
                if !check(schema, value) { isFine = false }
            }
        }
        return isFine
    }

    /// Of alternatives that all fail, the one that matched furthest is reported.
    private mutating func checkAny(_ all: [SchemaReference], _ value: JSONView) -> Bool {
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
}
