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
    /// It prints ages where the layout wants them.
    var hasAges: Bool { get }
    /// It says when what was found was seen.
    var showsTimes: Bool { get }
    /// It says what would have to be put into manifests, and where.
    var wantsFixes: Bool { get }
    /// RFC 6838 media type of what it writes.
    var mediaType: String { get }
    /// The same report and layout give the same bytes. Control characters of foreign texts do
    /// not reach it, or are escaped.
    func render(_ report: ReportContent, _ layout: ReportLayout) throws -> String
    /// The same in pieces; all at once where the format has no better way.
    func pieces(_ report: ReportContent, _ layout: ReportLayout) throws -> any ReportPieces
    /// Another value than a report, for programs; nil: the format has tables only.
    func render(value: any Encodable) throws -> String?
}

extension ReportFormat {
    package var showsDetail: Bool { false }
    package var timesAreLocal: Bool { true }
    package var fitsTerminal: Bool { false }
    package var hasAges: Bool { false }
    package var showsTimes: Bool { true }
    package var wantsFixes: Bool { false }
    package var mediaType: String { "text/plain; charset=utf-8" }
    package func render(value: any Encodable) throws -> String? { nil }

    package func pieces(_ report: ReportContent, _ layout: ReportLayout) throws -> any ReportPieces {
        WholePiece { try render(report, layout) }
    }

    package func render(_ report: Report, _ layout: ReportLayout) throws -> String {
        try render(ReportContent(report), layout)
    }
}

/// All formats, in the order of `--help`.
package enum ReportFormats {
    package static let all: [any ReportFormat] = [
        BlocksFormat(), TableFormat(isWide: false), TableFormat(isWide: true), JSONFormat(), YAMLFormat(), CSVFormat(),
        MarkdownFormat(), HTMLFormat(), SarifFormat(), JUnitFormat(), GitHubFormat(), GitLabFormat(),
    ]

    /// JSON in its shortest form, for programs that ask an aggregator.
    package static let compact: any ReportFormat = JSONFormat(isPretty: false)

    package static func named(_ id: String) -> (any ReportFormat)? { all.first { $0.id == id } }
}
