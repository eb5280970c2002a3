import Platform
import YAML

/// What JSON says, as YAML.
struct YAMLFormat: ReportFormat {
    let id = "yaml"
    let summary = "the same as json, as YAML"
    let mediaType = "application/yaml"
    let showsDetail = true
    let timesAreLocal = false

    func render(_ report: ReportContent, _ layout: ReportLayout) throws -> String { try Self.text(report.report) }

    func render(value: any Encodable) throws -> String? { try Self.text(value) }

    private static func text(_ value: any Encodable) throws -> String {
        let tree = try JSONReader.read(Array(try JSONFormat.text(value).utf8))
        guard let text = YAMLWriter.write(tree) else {
            throw CommandFailure(message: "The report cannot be written as YAML.")
        }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
