import Findings
package import Platform

/// What only formats care about.
package struct ReportLayout: Hashable, Sendable {
    /// What `table` may be.
    package static let tables = ["incidents", "changes"] + ReportTable.allCases.map(\.rawValue) + ["observability"]

    /// Rows per table; 0: all.
    package var limit = 20
    /// Only this table.
    package var table: String?
    package var hasHeader = true
    /// The command to name where rows are cut.
    package var command = "\(Names.aggregator) report"
    /// How printed commands begin, and which cluster they name.
    package var invocation = Invocation()
    package var usesColour = false
    /// Times as ages, `12m`, where the format has them.
    package var usesAges = false
    /// Times in the reader's zone, for people.
    package var localTime = false
    /// How many seconds the reader's time is ahead of UTC now; nil: the reader is at this machine.
    package var utcOffsetSeconds: Int?
    /// Columns of a line; tables cut their last cells, blocks break their lines; 0: as many as it takes.
    package var width = 0
    package var language = Language.en

    package init(
        limit: Int = 20, table: String? = nil, hasHeader: Bool = true, command: String = "\(Names.aggregator) report",
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

extension ReportLayout {
    /// As it is shown; `-` where it is not known.
    package func time(_ time: ReportTime) -> String {
        guard localTime, let known = time.time else { return time.description }
        guard let offset = utcOffsetSeconds else { return known.localRFC3339 }
        let minutes = abs(offset) / 60
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return String((known + Double(offset)).utcRFC3339.dropLast())
            + "\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
