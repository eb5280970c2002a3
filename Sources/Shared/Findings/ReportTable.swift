/// The tables of a report (CHECKS.md §9).
package enum ReportTable: String, CaseIterable, Codable, Sendable {
    case nodes, components, events, workloads, certificates
}
