/// What contextual keywords see: the audited object, of which the instance may be a part, or not at all.
protocol SchemaContext {
    /// The rendered text; nil: the template failed, which the context remembers.
    func render(_ template: GoTemplate) -> String?
    /// Labels of the audited pod template.
    var podTemplateLabels: [String: String] { get }
}
