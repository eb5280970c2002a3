/// The tables of a report.
package enum ReportTable: String, CaseIterable, Codable, Sendable {
    case nodes, components, events, workloads, certificates
}
