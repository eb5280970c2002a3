import Documents
import Findings
import HTTP
import Platform
import YAML

extension Notifier {
    static let entry = ExporterEntry(id: "notifications") { reader in
        let sinks = NotificationSink.list(&reader)
        guard !sinks.isEmpty else { return nil }
        return ExporterPlan(sinks: sinks.map(\.name)) { environment in
            sinks.map {
                Notifier(
                    $0, http: environment.http, folder: environment.stateFolder, deliveries: environment.deliveries)
            }
        }
    }
}

extension NotificationSink {
    /// The `notifications:` of `exporters:`.
    static func list(_ reader: inout FieldReader) -> [NotificationSink] {
        var sinks: [NotificationSink] = []
        switch reader.node("notifications") {
        case let list? where list.items != nil:
            for (index, item) in (list.items ?? []).enumerated() {
                var inner = FieldReader(item, file: reader.file, path: "exporters.notifications[\(index)]")
                if let sink = NotificationSink(&inner, index) { sinks.append(sink) }
                inner.finish()
                reader.adopt(inner.problems)
            }
        case let value? where [.bool(true), .bool(false)].contains(value.value):
            // `install --exporters notifications` writes `true`: the sinks come later.
            break
        case let value?: reader.report(value.mark, "notifications", "a list of sinks is expected")
        case nil: break
        }
        return sinks
    }

    private init?(_ reader: inout FieldReader, _ index: Int) {
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
        self.init(
            name: name, kind: type, url: url, urlFile: urlFile, secret: secret, secretFile: secretFile,
            leastSeverity: severity, language: language)
    }
}
