import KubernetesAPI
import Platform
import Regex
import YAML

/// One compiled subschema: the keywords that it has.
struct SchemaNode: Sendable {
    /// `true` and `false` as schemas.
    var literal: Bool?
    var types: SchemaTypes?
    var enumeration: [SchemaLiteral]?
    var constant: SchemaLiteral?
    /// A constant that is a template over the audited object.
    var constantTemplate: GoTemplate?

    var hasNumberRules = false
    var multipleOf: Double?
    var maximum: Double?
    var exclusiveMaximum: Double?
    var minimum: Double?
    var exclusiveMinimum: Double?

    var hasStringRules = false
    var maxLength: Int?
    var minLength: Int?
    var pattern: Regex?
    var format: SchemaFormat?
    var resourceMinimum: Quantity?
    var resourceMaximum: Quantity?
    /// Prefixes of images that are allowed.
    var imageFrom: [String]?

    var hasArrayRules = false
    var items: SchemaReference?
    var itemList: [SchemaReference]?
    var additionalItems: SchemaReference?
    var contains: SchemaReference?
    var minContains = 1
    var maxContains: Int?
    var maxItems: Int?
    var minItems: Int?
    var uniqueItems = false
    var unevaluatedItems: SchemaReference?

    var hasObjectRules = false
    var properties: [(key: JSONKey, schema: SchemaReference)] = []
    var patternProperties: [(pattern: Regex, schema: SchemaReference)] = []
    var additionalProperties: SchemaReference?
    var required: [JSONKey] = []
    var propertyNames: SchemaReference?
    var maxProperties: Int?
    var minProperties: Int?
    var dependentRequired: [(key: JSONKey, needs: [JSONKey])] = []
    var dependentSchemas: [(key: JSONKey, schema: SchemaReference)] = []
    var unevaluatedProperties: SchemaReference?
    /// The instance is a label selector that selects the audited pod template.
    var selectsPodTemplate = false
    /// The instance is a label selector that shares a label with the audited pod template and contradicts none.
    var overlapsPodTemplate = false

    /// No secret is written out in the instance: a variable with `name` and `value`, or a mapping of texts.
    var noSecrets: SecretPlaces?

    enum SecretPlaces: String, Sendable { case variable, values }

    /// A template over the audited object that must print `true`; asked last.
    var templateTrue: GoTemplate?

    var hasApplicators = false
    var reference: SchemaReference?
    var allOf: [SchemaReference] = []
    var anyOf: [SchemaReference]?
    var oneOf: [SchemaReference]?
    var not: SchemaReference?
    var condition: SchemaReference?
    var then: SchemaReference?
    var otherwise: SchemaReference?

    /// Subschemas that see the same instance.
    var inPlace: [SchemaReference] {
        var all = allOf + (anyOf ?? []) + (oneOf ?? []) + dependentSchemas.map(\.schema)
        all += [reference, not, condition, then, otherwise].compactMap { $0 }
        return all
    }
}
