import Documents
import Findings
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
package struct ExporterConfiguration: Sendable, Equatable {
    package var kinds: Set<ExporterKind> = []
    package var sinks: [NotificationSink] = []

    package init(kinds: Set<ExporterKind> = [], sinks: [NotificationSink] = []) {
        self.kinds = kinds
        self.sinks = sinks
    }

    /// - Throws: the first mistake, with its place.
    package static func read(_ text: [UInt8], file: String) throws -> ExporterConfiguration {
        var configuration = ExporterConfiguration()
        for document in try YAMLReader.readAll(text, file: file) {
            guard let node = document["exporters"], node.value != .null else { continue }
            var reader = FieldReader(node, file: file, path: "exporters")
            if reader.flag("events") == true { configuration.kinds.insert(.events) }
            if reader.flag("nodeConditions") == true { configuration.kinds.insert(.nodeConditions) }
            switch reader.node("notifications") {
            case let list? where list.items != nil:
                for (index, item) in (list.items ?? []).enumerated() {
                    var inner = FieldReader(item, file: file, path: "exporters.notifications[\(index)]")
                    if let sink = sink(&inner, index) { configuration.sinks.append(sink) }
                    inner.finish()
                    reader.adopt(inner.problems)
                }
            case let value? where value.value == .bool(true):
                // The right to export them is all that `install --exporters notifications` gives.
                break
            case let value?: reader.report(value.mark, "notifications", "a list of sinks is expected")
            case nil: break
            }
            reader.finish()
            if let first = reader.problems.first(where: { $0.level == .error }) { throw first }
        }
        if !configuration.sinks.isEmpty { configuration.kinds.insert(.notifications) }
        return configuration
    }

    private static func sink(_ reader: inout FieldReader, _ index: Int) -> NotificationSink? {
        let type = reader.choice("type", NotificationSink.Kind.self)
        if reader.node("type") == nil {
            _ = reader.requiredText(
                "type", example: NotificationSink.Kind.allCases.map(\.rawValue).joined(separator: ", or "))
        }
        let url = reader.text("url") ?? "", urlFile = reader.text("urlFile")
        let secret = reader.text("secret"), secretFile = reader.text("secretFile")
        let severity = reader.choice("severity", Severity.self) ?? .danger
        let language = reader.choice("lang", Language.self) ?? .en
        let name = reader.text("name") ?? type.map { "\($0.rawValue)-\(index)" } ?? ""
        if url.isEmpty == (urlFile == nil) {
            reader.report(reader.node.mark, "url", "exactly one of url and urlFile is expected")
            return nil
        }
        if !url.isEmpty, !url.hasPrefix("http://"), !url.hasPrefix("https://") {
            reader.report(reader.node("url")?.mark ?? reader.node.mark, "url", "http:// or https:// is expected")
            return nil
        }
        guard let type else { return nil }
        return NotificationSink(
            name: name, kind: type, url: url, urlFile: urlFile, secret: secret, secretFile: secretFile,
            leastSeverity: severity, language: language)
    }
}
