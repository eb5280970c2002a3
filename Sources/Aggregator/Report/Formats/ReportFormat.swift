import Foundation
import Shared

/// How a report is written. A new format is one file and one line in `all`.
protocol ReportFormat: Sendable {
    /// What `-o` calls it.
    var id: String { get }
    /// For `--help`.
    var summary: String { get }
    /// It prints each place of a workload that fails; else only which checks do.
    var showsDetail: Bool { get }
    func render(_ report: Report, _ layout: ReportLayout) throws -> String
}

extension ReportFormat {
    var showsDetail: Bool { false }
}

/// What only formats care about.
struct ReportLayout: Equatable, Sendable {
    /// Rows per table; 0: all.
    var limit = 20
    /// Only this table.
    var table: String?
    var hasHeader = true
    /// The command to name where rows are cut.
    var command = "ke-aggregator report"
    var usesColour = false
    /// Times in this machine's zone, for people.
    var localTime = false
    var language = Language.en
}

enum ReportFormats {
    static let all: [any ReportFormat] = [
        TableFormat(isWide: false), TableFormat(isWide: true), JSONFormat(), YAMLFormat(), CSVFormat(),
        MarkdownFormat(),
    ]

    static func named(_ id: String) -> (any ReportFormat)? { all.first { $0.id == id } }
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
