/// How a report is written. A new format is one file and one line in `all`.
package protocol ReportFormat: Sendable {
    /// What `-o` calls it.
    var id: String { get }
    /// For `--help`.
    var summary: String { get }
    /// It prints each place of a workload that fails; else only which checks do.
    var showsDetail: Bool { get }
    /// People read it: times are in this machine's zone. Programs get UTC.
    var timesAreLocal: Bool { get }
    /// It is made for a terminal, where severities may have colours.
    var fitsTerminal: Bool { get }
    /// The same report and layout give the same bytes. Control characters of foreign texts do
    /// not reach it, or are escaped.
    func render(_ report: Report, _ layout: ReportLayout) throws -> String
    /// Another value than a report, for programs; nil: the format has tables only.
    func render(value: any Encodable) throws -> String?
}

extension ReportFormat {
    package var showsDetail: Bool { false }
    package var timesAreLocal: Bool { true }
    package var fitsTerminal: Bool { false }
    package func render(value: any Encodable) throws -> String? { nil }
}

/// All formats, in the order of `--help`.
package enum ReportFormats {
    package static let all: [any ReportFormat] = [
        TableFormat(isWide: false), TableFormat(isWide: true), JSONFormat(), YAMLFormat(), CSVFormat(),
        MarkdownFormat(),
    ]

    package static func named(_ id: String) -> (any ReportFormat)? { all.first { $0.id == id } }
}
