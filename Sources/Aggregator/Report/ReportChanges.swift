import Findings
import Foundation
import Platform

/// What is new, worse and gone since a time or an earlier report.
package enum ReportChanges {
    /// - Parameter path: of a report kept with `-o json`.
    package static func compare(_ report: Report, withFile path: String) throws -> Report {
        let text: [UInt8]
        do throws(SystemError) { text = try Files.read(path, bytesMax: 512 << 20) } catch {
            throw CommandFailure(message: "--new-since takes a duration such as 24h or a file: \(error).")
        }
        guard let earlier = try? JSONDecoder().decode(Report.self, from: Data(text)) else {
            throw CommandFailure(message: "--new-since: \(path) is not a valid report written by `-o json`.")
        }
        guard earlier.schemaVersion == report.schemaVersion else {
            throw CommandFailure(
                message:
                    "--new-since: \(path) has version \(earlier.schemaVersion), this program writes \(report.schemaVersion)."
            )
        }
        return compare(report, with: earlier)
    }

    private static func key(_ item: Report.Item) -> String {
        [item.check, item.object.kind, item.object.namespace, item.object.name, item.subject].joined(
            separator: "\u{1F}")
    }

    static func compare(_ report: Report, with earlier: Report) -> Report {
        var report = report
        let before = Dictionary(earlier.findings.map { (key($0), $0) }, uniquingKeysWith: { a, _ in a })
        let now = Set(report.findings.map(key))
        report.changes = Report.Changes(
            since: earlier.generatedAt, new: report.findings.filter { before[key($0)] == nil }.map(\.id),
            worse: report.findings.filter { item in before[key(item)].map { $0.severity < item.severity } ?? false }
                .map(\.id),
            gone: earlier.findings.filter { !now.contains(key($0)) })
        return report
    }

    /// By the findings' own times: what began since then, and what was resolved since then.
    static func since(_ report: ReportContent, _ seconds: Double) -> Report.Changes? {
        guard let now = report.generatedAt.time else { return nil }
        let start = ReportTime(now - seconds)
        return Report.Changes(
            since: start, new: report.findings.filter { $0.first >= start }.map(\.id), worse: [],
            gone: report.resolved.filter { $0.resolved.map { $0 >= start } ?? false })
    }
}
