import Findings
import Foundation
import Platform

/// What was known before: a report that was saved with `-o json`. What it holds is taken out of a later one, so that a
/// gate fails on new trouble alone.
package struct ReportBaseline: Sendable {
    static let bytesMax = 512 << 20

    private let known: [String: Severity]

    /// - Parameter path: of the saved report.
    package init(path: String) throws {
        let text: [UInt8]
        do throws(SystemError) { text = try Files.read(path, bytesMax: Self.bytesMax) } catch {
            throw CommandFailure(message: "--baseline: \(error). Make one with -o json=\(path).")
        }
        let report: Report
        do { report = try JSONDecoder().decode(Report.self, from: Data(text)) } catch {
            throw CommandFailure(message: "--baseline: \(path) is not a valid report written by `-o json`.")
        }
        guard report.schemaVersion == Report.schemaVersion else {
            throw CommandFailure(
                message:
                    "--baseline: \(path) has version \(report.schemaVersion), this program writes \(Report.schemaVersion)."
            )
        }
        self.init(report)
    }

    init(_ report: Report) {
        var known: [String: Severity] = [:]
        func add(_ key: String, _ severity: Severity) { known[key] = max(known[key] ?? severity, severity) }
        for item in report.findings {
            if item.failures.isEmpty { add(Self.key(item), item.severity) }
            for failure in item.failures { add(Self.key(item, failure), failure.severity) }
        }
        self.known = known
    }

    /// Lines, files and numbers of list items change without anybody making something worse.
    static func key(_ item: Report.Item, _ failure: Report.FailedPlace) -> String {
        var hash = StableHash()
        let path = failure.path.filter { !$0.isNumber }
        for part in [
            "failure", item.object.kind, item.object.namespace, item.object.name, failure.check, failure.at,
            failure.container, path, failure.value,
        ] { hash.combine(part) }
        return hash.hex
    }

    private static func key(_ item: Report.Item) -> String {
        var hash = StableHash()
        for part in ["finding", item.check, item.object.kind, item.object.namespace, item.object.name, item.subject] {
            hash.combine(part)
        }
        return hash.hex
    }

    /// The report without what was known, unless it is worse now. Its numbers follow.
    package func applied(to report: Report) -> Report {
        var report = report
        var dropped = 0
        var gone: Set<String> = []
        report.findings = report.findings.compactMap { item in
            guard !item.failures.isEmpty else {
                if let before = known[Self.key(item)], before >= item.severity {
                    gone.insert(item.id)
                    dropped += 1
                    return nil
                }
                return item
            }
            var item = item
            let whole = item, all = item.failures.count
            item.failures.removeAll { failure in
                known[Self.key(whole, failure)].map { $0 >= failure.severity } ?? false
            }
            dropped += all - item.failures.count
            guard let worst = item.failures.max(by: { $0.severity < $1.severity }) else {
                gone.insert(item.id)
                return nil
            }
            if item.failures.count < all {
                let aliases = Set(item.failures.map(\.alias)).sorted { Bytewise.precedes($0, $1) }
                (item.check, item.alias, item.rule, item.severity) = (
                    worst.check, worst.alias, worst.check, worst.severity
                )
                item.also = Set(item.failures.map(\.check)).subtracting([worst.check]).sorted()
                item.count = item.failures.count
                item.message = "[\(aliases.joined(separator: " "))]"
            }
            return item
        }
        report.cluster.notes.append(
            "\(counted(dropped, "finding")) of the baseline \(dropped == 1 ? "is" : "are") left out")
        let now = Dictionary(report.findings.map { ($0.id, $0) }, uniquingKeysWith: { a, _ in a })
        report.incidents.removeAll { !$0.findings.isEmpty && $0.findings.allSatisfy(gone.contains) }
        report.tables.nodes.removeAll { gone.contains($0.findingId) }
        report.tables.components.removeAll { gone.contains($0.findingId) }
        report.tables.events.removeAll { gone.contains($0.findingId) }
        report.tables.workloads = report.tables.workloads.compactMap { row in
            if gone.contains(row.findingId) { return nil }
            var row = row
            if row.isPractice, let item = now[row.findingId] {
                (row.severity, row.message) = (item.severity, item.message)
            }
            return row
        }
        func count(_ severity: Severity) -> Int { report.findings.count { $0.severity == severity } }
        report.summary.fatal = count(.fatal)
        report.summary.danger = count(.danger)
        report.summary.warning = count(.warning)
        report.summary.info = count(.info)
        if report.summary.incidents != nil {
            func count(_ severity: Severity) -> Int { report.incidents.count { $0.severity == severity } }
            report.summary.incidents = .init(
                fatal: count(.fatal), danger: count(.danger), warning: count(.warning))
        }
        return report
    }
}
