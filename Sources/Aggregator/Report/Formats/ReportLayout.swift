package import Platform

/// What only formats care about.
package struct ReportLayout: Equatable, Sendable {
    /// Rows per table; 0: all.
    package var limit = 20
    /// Only this table.
    package var table: String?
    package var hasHeader = true
    /// The command to name where rows are cut.
    package var command = "\(Names.aggregator) report"
    package var usesColour = false
    /// Times in this machine's zone, for people.
    package var localTime = false
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
        localTime ? time.time?.localRFC3339 ?? "-" : time.description
    }
}
