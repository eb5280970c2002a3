import KubernetesAPI
import Platform
import Regex
import YAML

/// A JSON Schema, compiled once and validated straight on parsed JSON.
///
/// Draft-07 and 2019-09 vocabularies together, less remote references, `$recursiveRef` and content keywords; with
/// Polaris' `resourceMinimum` and `resourceMaximum`, which compare quantities, and two of ours: `selectsPodTemplate`
/// and `imageFrom`. The source: json-schema.org/draft/2019-09/json-schema-validation.
final class Schema: Sendable {
    enum Draft: Sendable {
        /// Members beside `$ref` are ignored.
        case draft7
        case draft2019
    }

    let root: SchemaReference
    /// Templates over the audited object that it asks for, in its order.
    let templates: [GoTemplate]

    private let nodes: Arena<SchemaNode>
    private let keys: JSONKeyStore

    init(root: SchemaReference, templates: [GoTemplate], nodes: Arena<SchemaNode>, keys: JSONKeyStore) {
        self.root = root
        self.templates = templates
        self.nodes = nodes
        self.keys = keys
    }
}

typealias SchemaReference = ArenaReference<SchemaNode>
