import KubernetesAPI

/// The audited object, as templates and contextual keywords see it.
final class AuditContext: SchemaContext {
    private let object: JSONView
    private let place: PodSpecPlace?
    private let podSpec: JSONView?
    /// The container that is looked at, if one is.
    var container: JSONView?
    /// The first template that failed, and why.
    private(set) var problem: String?

    private static let metadata: JSONKey = "metadata", labels: JSONKey = "labels"

    /// - Parameter podSpec: the typed one.
    init(object: JSONView, place: PodSpecPlace?, podSpec: JSONView?) {
        self.object = object
        self.place = place
        self.podSpec = podSpec
    }

    lazy var podTemplateLabels: [String: String] = labels(place?.template[Self.metadata])

    func labels(_ metadata: JSONView?) -> [String: String] {
        var labels: [String: String] = [:]
        guard let members = metadata?[Self.labels]?.members else { return labels }
        for (key, value) in members { labels[key.string ?? ""] = value.string ?? "" }
        return labels
    }

    var root: TemplateValue {
        var polaris: [String: TemplateValue] = [:]
        if let podSpec { polaris["PodSpec"] = .json(podSpec) }
        if let place { polaris["PodTemplate"] = .json(place.template) }
        if let container { polaris["Container"] = .json(container) }
        return .overlay(object, ["Polaris": .members(polaris)])
    }

    func render(_ template: GoTemplate) -> String? {
        do throws(TemplateError) { return try template.render(root) } catch {
            if problem == nil { problem = "in the template, \(error)" }
            return nil
        }
    }

    func note(_ problem: String) { if self.problem == nil { self.problem = problem } }

    func takeProblem() -> String? {
        defer { problem = nil }
        return problem
    }
}

/// Templates that were rendered earlier, over an object that is gone.
struct RenderedContext: SchemaContext {
    let schema: Schema
    let rendered: [String]
    let podTemplateLabels: [String: String]

    func render(_ template: GoTemplate) -> String? {
        schema.templates.firstIndex { $0 === template }.flatMap { $0 < rendered.count ? rendered[$0] : nil }
    }
}

/// Schemas that were made of texts, by text: most objects make the same.
final class SchemaCache {
    static let entriesMax = 512
    private var schemas: [String: Result<Schema?, SchemaError>] = [:]

    /// nil for white space alone.
    func schema(_ text: String) -> Result<Schema?, SchemaError> {
        if let known = schemas[text] { return known }
        let result: Result<Schema?, SchemaError>
        do throws(SchemaError) {
            result = .success(
                try PracticeCheckReader.schema(text).map { node throws(SchemaError) in try SchemaCompiler.compile(node)
                }
            )
        } catch {
            result = .failure(error)
        }
        if schemas.count >= Self.entriesMax { schemas = [:] }
        schemas[text] = result
        return result
    }
}
