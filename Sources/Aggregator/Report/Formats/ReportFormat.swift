import Foundation
package import Platform
import YAML

/// How a report is written. A new format is one file and one line in `all`.
package protocol ReportFormat: Sendable {
    /// What `-o` calls it.
    var id: String { get }
    /// For `--help`.
    var summary: String { get }
    /// It prints each place of a workload that fails; else only which checks do.
    var showsDetail: Bool { get }
    func render(_ report: Report, _ layout: ReportLayout) throws -> String
}

extension ReportFormat {
    package var showsDetail: Bool { false }
}

/// What only formats care about.
package struct ReportLayout: Equatable, Sendable {
    /// Rows per table; 0: all.
    package var limit = 20
    /// Only this table.
    package var table: String?
    package var hasHeader = true
    /// The command to name where rows are cut.
    package var command = "ke-aggregator report"
    package var usesColour = false
    /// Times in this machine's zone, for people.
    package var localTime = false
    package var language = Language.en

    package init(
        limit: Int = 20, table: String? = nil, hasHeader: Bool = true, command: String = "ke-aggregator report",
        usesColour: Bool = false, localTime: Bool = false, language: Language = Language.en
    ) {
        self.limit = limit
        self.table = table
        self.hasHeader = hasHeader
        self.command = command
        self.usesColour = usesColour
        self.localTime = localTime
        self.language = language
    }
}

package enum ReportFormats {
    package static let all: [any ReportFormat] = [
        TableFormat(isWide: false), TableFormat(isWide: true), JSONFormat(), YAMLFormat(), CSVFormat(),
        MarkdownFormat(),
    ]

    package static func named(_ id: String) -> (any ReportFormat)? { all.first { $0.id == id } }
}

struct JSONFormat: ReportFormat {
    let id = "json"
    let summary = "everything, in a stable order, for programs"
    let showsDetail = true

    func render(_ report: Report, _ layout: ReportLayout) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}

struct YAMLFormat: ReportFormat {
    let id = "yaml"
    let summary = "the same as json, as YAML"
    let showsDetail = true

    func render(_ report: Report, _ layout: ReportLayout) throws -> String {
        let json = try JSONFormat().render(report, layout)
        let tree = try JSONReader.read(Array(json.utf8))
        guard let text = YAMLWriter.write(tree) else {
            throw CommandFailure(message: "The report cannot be written as YAML.")
        }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
