import KubernetesAPI

/// One best-practice check, as a run uses it.
///
/// A class around its definition, because thousands of objects read it hundreds of times: as a value each look would
/// copy forty fields.
@dynamicMemberLookup
package final class PracticeCheck: Sendable {
    /// Another object that must be there: an entry of `additionalSchemas`.
    struct Related: Sendable {
        var kind: GroupKind
        var schema: SchemaSource
        /// `properties.metadata.properties.name.const`, where the schema has one: candidates are looked up by it.
        var name: GoTemplate?
        /// Its selector decides: candidates are looked up by the pod template's labels.
        var usesSelector = false
    }

    /// What a schema of one object cannot say.
    enum Relation: String, Sendable {
        case budgetFitsAutoscaler
        /// Network policies limit both directions of the pods' traffic.
        case policiesCover
        /// The pod spec has the types that the API takes.
        case typesFit
    }

    package let definition: PracticeCheckDefinition

    init(_ definition: PracticeCheckDefinition) { self.definition = definition }

    @inline(__always)
    package subscript<Value>(
        dynamicMember path: KeyPath<PracticeCheckDefinition, Value>
    ) -> Value { definition[keyPath: path] }

    func answers(to name: String) -> Bool { definition.answers(to: name) }
}
