import Findings
import Foundation
import KubernetesAPI
import Platform

/// Workflow commands of GitHub Actions, which show each finding beside its line
/// (docs.github.com/actions/reference/workflow-commands-for-github-actions).
struct GitHubFormat: ReportFormat {
    let id = "github"
    let summary = "annotations of GitHub Actions"
    let showsDetail = true
    let showsTimes = false

    func render(_ report: ReportContent, _ layout: ReportLayout) -> String {
        var lines: [String] = []
        for item in report.findings {
            for found in FlatFinding.all(of: item) where found.acknowledgedBy.isEmpty {
                let place = found.place.map {
                    "file=\(Self.property($0.file)),line=\($0.line),col=\($0.column),"
                }
                let title = "title=\(Self.property("\(found.alias) \(found.objectText)"))"
                let fix = report.fixText(found.alias)
                let text = [found.message, fix].filter { !$0.isEmpty }.joined(separator: " → ")
                lines.append("::\(Self.level(found.severity)) \(place ?? "")\(title)::\(Self.data(text))")
            }
        }
        for gap in report.unobserved where !gap.reason.isExpected {
            let title = Self.property("\(gap.check) was not observed")
            lines.append("::warning title=\(title)::\(Self.data("\(gap.reason.rawValue) \(gap.scope): \(gap.detail)"))")
        }
        let summary = report.summary
        lines.append(
            "::notice title=KubeEye::\(Self.data("\(report.cluster.name): fatal \(summary.fatal), danger \(summary.danger), warning \(summary.warning), not observed \(summary.unobserved)"))"
        )
        return lines.joined(separator: "\n")
    }

    static func level(_ severity: Severity) -> String {
        switch severity {
        case .fatal, .danger: "error"
        case .warning: "warning"
        case .info: "notice"
        }
    }

    /// What follows `::` at the end; a percent sign is its escape.
    static func data(_ text: String) -> String { escaped(text, "%") }

    /// A property's value, which a comma or colon would end.
    static func property(_ text: String) -> String { escaped(text, "%,:") }

    /// Scalar by scalar: a mark that combines with a comma is another character, but not another byte.
    private static func escaped(_ text: String, _ marks: String) -> String {
        TextSafety.printable(text).unicodeScalars.reduce(into: "") { text, scalar in
            if marks.unicodeScalars.contains(scalar) {
                text += "%" + String(scalar.value, radix: 16, uppercase: true)
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}

/// GitLab's Code Quality report (docs.gitlab.com/ci/testing/code_quality), which merge requests show.
struct GitLabFormat: ReportFormat {
    let id = "gitlab"
    let summary = "Code Quality report of GitLab"
    let mediaType = "application/json"
    let showsDetail = true
    let showsTimes = false

    private struct Issue: Encodable {
        struct Location: Encodable {
            struct Lines: Encodable { var begin: Int }
            var path: String
            var lines: Lines
        }
        var description: String
        var checkName: String
        var fingerprint: String
        var severity: String
        var location: Location

        enum CodingKeys: String, CodingKey {
            case checkName = "check_name"
            case description, fingerprint, severity, location
        }
    }

    func render(_ report: ReportContent, _ layout: ReportLayout) throws -> String {
        var issues: [Issue] = []
        var seen: [String: Int] = [:]
        for item in report.findings {
            for found in FlatFinding.all(of: item) where found.acknowledgedBy.isEmpty {
                // Fingerprints are unique: the same trouble twice at one object, and the same object in two files.
                let key = "\(found.fingerprint)\(found.place?.file ?? "")"
                let count = seen[key, default: 0]
                seen[key] = count + 1
                var hash = StableHash()
                for part in [key, String(count)] { hash.combine(part) }
                let object = found.objectText
                let text = "\(object.isEmpty ? "" : "\(object): ")\(found.message)"
                issues.append(
                    Issue(
                        description: TextSafety.printable(text), checkName: found.check, fingerprint: hash.hex,
                        severity: Self.level(found.severity),
                        location: .init(
                            path: TextSafety.printable(found.place?.file ?? report.cluster.name),
                            lines: .init(begin: found.place?.line ?? 1))))
            }
        }
        return try JSONFormat.text(issues)
    }

    static func level(_ severity: Severity) -> String {
        switch severity {
        case .fatal: "blocker"
        case .danger: "critical"
        case .warning: "major"
        case .info: "info"
        }
    }
}
