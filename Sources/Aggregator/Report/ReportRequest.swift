package import Findings

/// What is asked of an aggregator: which report, and how it is to be written.
package struct ReportRequest: Equatable, Sendable {
    package var options = ReportOptions()
    package var layout = ReportLayout()
    /// A format's id; nil: JSON in its shortest form, as programs have always got it.
    package var format: String?
    /// What is new and gone since so many seconds ago; nil: not asked for.
    package var changesSeconds: Double?
    /// The severity that `ReportContent.exitStatus` is about; nil: not asked for.
    package var failOn: Severity?
    /// Without findings and tables: header, incidents and numbers alone.
    package var isOverview = false

    package init(
        options: ReportOptions = ReportOptions(), layout: ReportLayout = ReportLayout(), format: String? = nil,
        changesSeconds: Double? = nil, failOn: Severity? = nil, isOverview: Bool = false
    ) {
        self.options = options
        self.layout = layout
        self.format = format
        self.changesSeconds = changesSeconds
        self.failOn = failOn
        self.isOverview = isOverview
    }
}
