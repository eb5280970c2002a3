/// A schema that is compiled, or becomes one for each object.
enum SchemaSource: Sendable {
    case compiled(Schema)
    /// A text with templates, which is rendered over the audited object, then read as YAML and compiled.
    case template(GoTemplate)
}
