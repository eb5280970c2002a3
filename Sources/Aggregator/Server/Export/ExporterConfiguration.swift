import Documents
import Foundation
import Platform
import YAML

/// Which exporters run; the `exporters:` of `serve --config FILE`:
///
/// ```yaml
/// exporters:
///   events: true
///   nodeConditions: false
///   notifications:
///     - { type: slack, urlFile: /etc/kubeeye/secrets/slack-url, severity: danger }
///     - { type: dingtalk, url: 'https://…', secretFile: /etc/kubeeye/secrets/dingtalk, lang: zh }
/// ```
package struct ExporterConfiguration: Sendable {
    private var plans: [String: ExporterPlan] = [:]

    package init() {}

    /// Exporters that are switched on.
    package var ids: Set<String> { Set(plans.keys) }

    /// Names of sinks whose deliveries are recorded.
    package var sinks: [String] { ordered.flatMap(\.sinks) }

    private var ordered: [ExporterPlan] { ExporterList.ids.compactMap { plans[$0] } }

    package func exporters(_ environment: ExporterEnvironment) -> [any Exporter] {
        ordered.flatMap { $0.make(environment) }
    }

    /// - Throws: the first mistake, with its place.
    package static func read(_ text: [UInt8], file: String) throws -> ExporterConfiguration {
        var configuration = ExporterConfiguration()
        for document in try YAMLReader.readAll(text, file: file) {
            guard let node = document["exporters"], node.value != .null else { continue }
            var reader = FieldReader(node, file: file, path: "exporters")
            for entry in ExporterList.all {
                if let plan = entry.plan(&reader) { configuration.plans[entry.id] = plan }
            }
            reader.finish()
            if let first = reader.problems.first(where: { $0.level == .error }) { throw first }
        }
        return configuration
    }
}
