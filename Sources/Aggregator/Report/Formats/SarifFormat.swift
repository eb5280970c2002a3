import CheckModel
import Findings
import Foundation
import KubernetesAPI
import Platform
import Practice

/// SARIF 2.1.0 (OASIS standard), which code scanning reads: a result for each place that fails, with the YAML to put
/// there where it is known.
struct SarifFormat: ReportFormat {
    let id = "sarif"
    let summary = "SARIF 2.1.0 with file, line and fix, for code scanning"
    let mediaType = "application/sarif+json"
    let showsDetail = true
    let timesAreLocal = false
    let wantsFixes = true

    static let schema = "https://json.schemastore.org/sarif-2.1.0.json"

    func render(_ report: ReportContent, _ layout: ReportLayout) throws -> String {
        var rules: [String: Int] = [:]
        var descriptors: [Log.Rule] = []
        var results: [Log.Result] = []
        for item in report.findings {
            for found in FlatFinding.all(of: item) {
                let known = rules[found.check]
                let index = known ?? descriptors.count
                if known == nil {
                    rules[found.check] = index
                    descriptors.append(Self.rule(found, report, layout.language))
                }
                results.append(Self.result(found, index, item, report))
            }
        }
        let gaps = report.unobserved.filter { !$0.reason.isExpected }
        let run = Log.Run(
            tool: .init(driver: .init(version: Version.text, rules: descriptors)),
            invocations: [
                .init(
                    executionSuccessful: true, endTimeUtc: report.generatedAt.description,
                    toolExecutionNotifications: gaps.map(Self.notification))
            ],
            results: results)
        return try JSONFormat.text(Log(runs: [run]))
    }

    private static func rule(_ found: FlatFinding, _ report: ReportContent, _ language: Language) -> Log.Rule {
        let entry = Catalogue.builtIn[found.check] ?? PracticeCheckSet.builtIn.description(named: found.check)?.entry
        let title = entry.map { $0.title(language) } ?? printable(found.alias)
        let why = entry.map { $0.why(language) } ?? ""
        let fix = report.fixText(found.alias)
        let help = [entry?.remedySample(language) ?? found.remedy, fix].filter { !$0.isEmpty }.joined(separator: "\n\n")
        return Log.Rule(
            id: found.check, name: found.alias, shortDescription: .init(text: title.isEmpty ? found.check : title),
            fullDescription: why.isEmpty ? nil : .init(text: why),
            help: .init(text: help.isEmpty ? "ke checks explain \(found.alias)" : printable(help)),
            defaultConfiguration: .init(level: level(found.severity)))
    }

    private static func result(
        _ found: FlatFinding, _ index: Int, _ item: Report.Item, _ report: ReportContent
    ) -> Log.Result {
        let object = printable(found.objectText)
        let path = found.container.isEmpty ? object : "\(object)/\(printable(found.container))"
        var location = Log.Location(
            logicalLocations: [.init(fullyQualifiedName: path.isEmpty ? report.cluster.name : path, kind: "resource")])
        var fixes: [Log.Fix]?
        if let place = found.place {
            let file = Log.Artifact(uri: uri(place.file))
            location.physicalLocation = .init(
                artifactLocation: file, region: .init(startLine: place.line, startColumn: place.column))
            if let fix = found.fix {
                let text = report.fixText(found.alias)
                let region = Log.Region(
                    startLine: fix.line, startColumn: fix.column, endLine: fix.line, endColumn: fix.column)
                fixes = [
                    .init(
                        description: .init(text: printable(text.isEmpty ? found.alias : text)),
                        artifactChanges: [
                            .init(
                                artifactLocation: file,
                                replacements: [.init(deletedRegion: region, insertedContent: .init(text: fix.text))])
                        ])
                ]
            }
        }
        let who = printable(found.acknowledgedBy)
        return Log.Result(
            ruleId: found.check, ruleIndex: index, level: level(found.severity),
            message: .init(text: "\(object.isEmpty ? "" : "\(object): ")\(printable(found.message))"),
            locations: [location], partialFingerprints: ["kubeeye/v1": found.fingerprint], fixes: fixes,
            suppressions: who.isEmpty
                ? nil : [.init(kind: "external", status: "accepted", justification: "acknowledged by \(who)")],
            properties: .init(
                severity: found.severity.rawValue, first: item.first.description, last: item.last.description))
    }

    /// What was not observed is said, because no result of it is not the same as none.
    private static func notification(_ gap: Report.Unobserved) -> Log.Notification {
        Log.Notification(
            level: gap.reason == .malformed ? "error" : "warning",
            message: .init(
                text: printable("\(gap.check) was not observed (\(gap.reason.rawValue), \(gap.scope)): \(gap.detail)")),
            properties: .init(check: gap.check, reason: gap.reason.rawValue, scope: printable(gap.scope)))
    }

    private static func printable(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { TextSafety.printable(String($0)) }
            .joined(separator: "\n")
    }

    static func level(_ severity: Severity) -> String {
        switch severity {
        case .fatal, .danger: "error"
        case .warning: "warning"
        case .info: "note"
        }
    }

    /// A relative path as it is, an absolute one as a file's address (RFC 3986).
    static func uri(_ path: String) -> String {
        let path = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        let escaped = path.split(separator: "/", omittingEmptySubsequences: false)
            .map { String($0).urlEscaped }.joined(separator: "/")
        return path.hasPrefix("/") ? "file://" + escaped : escaped
    }

    // MARK: The log file, as the standard names its parts

    private struct Log: Encodable {
        var schema = SarifFormat.schema
        var version = "2.1.0"
        var runs: [Run]

        enum CodingKeys: String, CodingKey {
            case schema = "$schema"
            case version, runs
        }

        struct Text: Encodable { var text: String }
        struct Run: Encodable {
            var tool: Tool
            var invocations: [Invocation]
            var columnKind = "unicodeCodePoints"
            var results: [Result]
        }
        struct Tool: Encodable { var driver: Driver }
        struct Driver: Encodable {
            var name = "KubeEye"
            var version: String
            var rules: [Rule]
        }
        struct Rule: Encodable {
            var id: String
            var name: String
            var shortDescription: Text
            var fullDescription: Text?
            var help: Text
            var defaultConfiguration: Configuration
        }
        struct Configuration: Encodable { var level: String }
        struct Invocation: Encodable {
            var executionSuccessful: Bool
            var endTimeUtc: String
            var toolExecutionNotifications: [Notification]
        }
        struct Notification: Encodable {
            struct Properties: Encodable {
                var check: String
                var reason: String
                var scope: String
            }
            var level: String
            var message: Text
            var properties: Properties
        }
        struct Artifact: Encodable { var uri: String }
        struct Region: Encodable {
            var startLine: Int
            var startColumn: Int
            var endLine: Int?
            var endColumn: Int?
        }
        struct Physical: Encodable {
            var artifactLocation: Artifact
            var region: Region
        }
        struct Logical: Encodable {
            var fullyQualifiedName: String
            var kind: String
        }
        struct Location: Encodable {
            var physicalLocation: Physical?
            var logicalLocations: [Logical]
        }
        struct Replacement: Encodable {
            var deletedRegion: Region
            var insertedContent: Text
        }
        struct Change: Encodable {
            var artifactLocation: Artifact
            var replacements: [Replacement]
        }
        struct Fix: Encodable {
            var description: Text
            var artifactChanges: [Change]
        }
        struct Suppression: Encodable {
            var kind: String
            var status: String
            var justification: String
        }
        struct Result: Encodable {
            struct Properties: Encodable {
                var severity: String
                var first: String
                var last: String
            }
            var ruleId: String
            var ruleIndex: Int
            var level: String
            var message: Text
            var locations: [Location]
            var partialFingerprints: [String: String]
            var fixes: [Fix]?
            var suppressions: [Suppression]?
            var properties: Properties
        }
    }
}
