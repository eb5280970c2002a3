import Findings
import Platform

/// One thing that is wrong at one place: a finding, or each place at which a best-practice check fails. What programs
/// of other people (code scanning, test reports, spreadsheets) want a line of.
struct FlatFinding: Sendable {
    /// Where in a file.
    struct Place: Equatable, Sendable {
        var file: String
        var line: Int
        var column: Int
    }

    var check: String
    var alias: String
    var severity: Severity
    var object: ObjectReference
    var container = ""
    /// Within the object.
    var path = ""
    var message: String
    var remedy: String
    var place: Place?
    var fix: Report.FailedPlace.Fix?
    /// Who has acknowledged it; empty: nobody.
    var acknowledgedBy: String
    /// The same for the same trouble in later reports, wherever in a file it stands.
    var fingerprint: String

    /// `Deployment shop/web`.
    var objectText: String { Self.text(of: object) }

    static func text(of object: ObjectReference) -> String {
        let name = object.namespace.isEmpty ? object.name : "\(object.namespace)/\(object.name)"
        return [object.kind, name].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// All of one finding.
    static func all(of item: Report.Item) -> [FlatFinding] {
        if item.failures.isEmpty {
            let extra = item.object.kind == "Node" && item.object.name == item.node ? "" : item.node
            return [
                FlatFinding(
                    check: item.check, alias: item.alias, severity: item.severity, object: item.object,
                    message: item.message + (extra.isEmpty ? "" : " (node \(extra))"), remedy: item.remedy, place: nil,
                    acknowledgedBy: item.acknowledgedBy, fingerprint: item.id)
            ]
        }
        return item.failures.map { failure in
            let there = failure.value.isEmpty ? "" : " = \(failure.value)"
            let detail = [failure.path + there, failure.expected].filter { !$0.isEmpty }.joined(separator: " ")
            let container = failure.container.isEmpty ? "" : " (container \(failure.container))"
            return FlatFinding(
                check: failure.check, alias: failure.alias, severity: failure.severity, object: item.object,
                container: failure.container, path: failure.path,
                message: failure.message + container + (detail.isEmpty ? "" : ": \(detail)"),
                // The finding's own is of the check that leads.
                remedy: failure.check == item.check ? item.remedy : "", place: place(failure.place), fix: failure.fix,
                acknowledgedBy: item.acknowledgedBy,
                fingerprint: ReportBaseline.key(item, failure))
        }
    }

    /// `FILE:LINE:COLUMN`; a file's name may hold colons itself.
    private static func place(_ text: String) -> Place? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, let line = Int(parts[parts.count - 2]), let column = Int(parts[parts.count - 1]),
            line > 0, column > 0
        else { return nil }
        return Place(file: parts.dropLast(2).joined(separator: ":"), line: line, column: column)
    }
}

extension ReportContent {
    /// What satisfies a best-practice check, as YAML; empty where nothing does.
    func fixText(_ alias: String) -> String { head.practice.fixes.first { $0.check == alias }?.text ?? "" }
}
