package import Findings

/// A report as formats write it: findings and rows, of which there may be hundreds of thousands, are made one by one.
@dynamicMemberLookup
package struct ReportContent: Sendable {
    /// Rows of the report's tables, in their order.
    struct Tables: Sendable {
        var nodes: OnDemand<Report.NodeRow>
        var components: OnDemand<Report.ComponentRow>
        var events: OnDemand<Report.EventRow>
        var workloads: OnDemand<Report.WorkloadRow>
        var certificates: OnDemand<Report.CertificateRow>
        /// Rows of `workloads` that list best-practice checks.
        var practiceCount: Int
    }

    /// Everything else: its incidents, findings, ended findings and tables are empty.
    package var head: Report
    package let incidents: OnDemand<Report.Incident>
    let findings: OnDemand<Report.Item>
    let resolved: OnDemand<Report.Item>
    let tables: Tables
    /// The worst severity of findings that nobody has acknowledged; nil: there are none.
    let worst: Severity?
    private(set) var texts = RenderedTexts()

    init(
        head: Report, incidents: OnDemand<Report.Incident>, findings: OnDemand<Report.Item>,
        resolved: OnDemand<Report.Item>, tables: Tables, worst: Severity?
    ) {
        self.head = head
        self.incidents = incidents
        self.findings = findings
        self.resolved = resolved
        self.tables = tables
        self.worst = worst
    }

    /// Of a report that is whole already.
    package init(_ report: Report) {
        var head = report
        head.incidents = []
        head.findings = []
        head.resolved = []
        head.tables = Report.Tables()
        self.init(
            head: head, incidents: OnDemand(report.incidents), findings: OnDemand(report.findings),
            resolved: OnDemand(report.resolved),
            tables: Tables(
                nodes: OnDemand(report.tables.nodes), components: OnDemand(report.tables.components),
                events: OnDemand(report.tables.events), workloads: OnDemand(report.tables.workloads),
                certificates: OnDemand(report.tables.certificates),
                practiceCount: report.tables.workloads.count(where: \.isPractice)),
            worst: report.findings.filter { $0.acknowledgedBy.isEmpty }.map(\.severity).max())
    }

    package var findingCount: Int { findings.count }

    /// The same report, of which is known how old its state is now.
    package func aged(_ seconds: Double) -> ReportContent {
        var content = self
        content.head.generation?.ageSeconds = max(0, seconds)
        return content
    }

    /// Whether writing it costs no more than its header.
    /// - Parameter text: nil: it is not to be written.
    package func isWritten(_ text: RenderedTexts.Key?) -> Bool { text.map { texts.known($0) != nil } ?? true }

    /// Writes it in advance.
    package func write(_ text: RenderedTexts.Key?) {
        guard let text, let format = ReportFormats.named(text.format) else { return }
        // Only tables keep what they write, and those do not fail.
        _ = try? format.render(self, text.layout)
    }

    package subscript<Value>(dynamicMember path: KeyPath<Report, Value>) -> Value { head[keyPath: path] }

    /// The whole in memory.
    package var report: Report {
        var report = head
        report.incidents = Array(incidents)
        report.findings = Array(findings)
        report.resolved = Array(resolved)
        report.tables = Report.Tables(
            nodes: Array(tables.nodes), components: Array(tables.components), events: Array(tables.events),
            workloads: Array(tables.workloads), certificates: Array(tables.certificates))
        return report
    }

    /// Exit status: 2 findings at or above `failOn`; 3 none, but a check that could have found one was not
    /// observed somewhere; else 0. Acknowledged findings do not count.
    package func exitStatus(failOn: Severity?) -> Int32 {
        guard let failOn else { return 0 }
        if let worst, worst >= failOn { return 2 }
        return head.unobserved.contains { !$0.reason.isExpected } ? 3 : 0
    }

    /// What is new and gone within the last `seconds`, by the findings' own times.
    package func comparing(seconds: Double) -> ReportContent {
        var content = self
        content.texts = RenderedTexts()
        content.head.changes = ReportChanges.since(self, seconds)
        return content
    }

    /// Header and numbers, with the first incidents, agents and rows of what was not observed.
    package func overview(first limit: Int) -> Report {
        var report = head
        report.incidents = Array(incidents.prefix(limit))
        report.nodes = Array(report.nodes.prefix(limit))
        report.unobserved = Array(report.unobserved.prefix(limit))
        return report
    }

    /// Whether the one node that was asked for is known to the API or has an agent; files have none.
    package var knowsNode: Bool { head.cluster.nodes > 0 || !head.nodes.isEmpty || head.manifests != nil }
}
