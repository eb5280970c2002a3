import Foundation
import TestSupport
import Testing

@testable import CLI
@testable import CheckModel
@testable import Checks
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import YAML

@Suite struct ReportFormatsTests {
    private func sample(_ more: String = "") throws -> Report {
        let seed = try String(
            contentsOf: Repository.root.appending(path: "Tests/Fixtures/report/seed.yaml"), encoding: .utf8)
        let fixture = try CheckFixture(check: "", name: "seed", text: seed + more)
        var options = ReportOptions()
        options.windowSeconds = fixture.windowSeconds
        return ReportBuilder(state: fixture.evaluated(), options: options).build()
    }

    @Test func jsonKeepsToItsPublishedSchema() throws {
        let schema = try JSONReader.read(
            Array(
                try String(
                    contentsOf: Repository.root.appending(path: "docs/reference/report.schema.json"), encoding: .utf8
                ).utf8))
        var report = try sample()
        report.changes = .init(since: report.generatedAt, new: [], worse: [], gone: report.findings)
        let json = try JSONReader.read(Array(try JSONFormat().render(report, ReportLayout()).utf8))
        #expect(JSONSchemaCheck.problems(json, schema, root: schema, at: "$").isEmpty)
        // It can fail: a field that is not there, one that is not named, and one of another type.
        #expect(
            !JSONSchemaCheck.problems(
                Node(.mapping([]), mark: .init(line: 1, column: 1)), schema, root: schema, at: "$"
            )
            .isEmpty)
        let odd = try JSONReader.read(Array(#"{"schemaVersion":"1","surprise":true}"#.utf8))
        let problems = JSONSchemaCheck.problems(odd, schema, root: schema, at: "$")
        #expect(problems.contains { $0.contains("surprise") })
        #expect(problems.contains { $0.contains("schemaVersion") })
        #expect(
            !String(decoding: Array(try JSONFormat().render(report, ReportLayout()).utf8), as: UTF8.self).contains(
                "null"))
    }

    @Test func everyPrintedRowPointsToAFinding() throws {
        let report = try sample()
        let ids = Set(report.findings.map(\.id))
        let rows =
            report.tables.nodes.map(\.findingId) + report.tables.components.map(\.findingId)
            + report.tables.events.map(\.findingId) + report.tables.workloads.map(\.findingId)
        #expect(rows.count == 15)
        #expect(rows.allSatisfy(ids.contains))
        #expect(Set(report.incidents.flatMap(\.findings)).isSubset(of: ids))
        #expect(report.findings.allSatisfy { $0.severity == .info || !$0.incident.isEmpty })
    }

    @Test func csvHasOneLinePerFindingAndNoFormulas() throws {
        let report = try sample()
        let lines = CSVFormat().render(report, ReportLayout()).split(separator: "\n")
        #expect(lines.count == report.findings.count + 1)
        #expect(lines.first?.hasPrefix("SEVERITY,CHECK,KIND") == true)
        #expect(CSVFormat.cell("=cmd()") == "'=cmd()")
        #expect(CSVFormat.cell("a,\"b\"") == "\"a,\"\"b\"\"\"")
        #expect(CSVFormat.cell("a\nb\u{1B}") == "a b ")
    }

    @Test func markdownEscapesWhatItWouldRead() {
        #expect(MarkdownFormat.cell("a|b<c>`d`*e*") == "a\\|b&lt;c>\\`d\\`\\*e\\*")
    }

    @Test func manyWorkloadsAreOneRowPerNamespace() throws {
        let many = (0..<60).map { index in
            """

            ---
            kind: Deployment
            metadata: { name: w\(index), namespace: ns\(index % 2), creationTimestamp: '2020-01-01T00:00:00Z' }
            spec: { replicas: 2 }
            status: { availableReplicas: \(index % 2), conditions: [{ type: Available, status: 'False', lastTransitionTime: '2020-11-27T09:00:00Z' }] }
            """
        }.joined()
        let report = try sample(many)
        let text = TableFormat(isWide: false).render(report, ReportLayout(table: "workloads"))
        #expect(
            text == """
                NAMESPACE       FAILING   OF   TOPCHECKS
                ns0             30        30   WorkloadUnavailable 30
                ns1             30        30   WorkloadUnavailable 30
                """)
        let all = TableFormat(isWide: false).render(report, ReportLayout(limit: 0, table: "workloads"))
        #expect(all.split(separator: "\n").count == 61)
    }

    @Test func chineseReadersGetTheirOwnWords() throws {
        var options = ReportOptions()
        options.language = "zh"
        options.windowSeconds = 10_800
        let seed = try String(
            contentsOf: Repository.root.appending(path: "Tests/Fixtures/report/seed.yaml"), encoding: .utf8)
        let report = ReportBuilder(
            state: try CheckFixture(check: "", name: "seed", text: seed).evaluated(), options: options
        ).build()
        #expect(report.findings.first { $0.check == "ETCDHealthStatus" }?.remedy.contains("法定人数") == true)
        let text = TableFormat(isWide: false).render(report, ReportLayout(language: .zh))
        #expect(text.contains("节点 1/5 Ready"))
        #expect(text.contains("未观测到"))
        #expect(text.contains("NODENAME"))
        let checks = CheckList.descriptions.filter { $0.id == "NodeDisk" }
        #expect(checks.first.map { CheckText.explain($0, EvaluationSettings(), .zh) }?.contains("处理建议") == true)
    }

    @Test func coloursChangeNothingButColours() throws {
        let report = try sample()
        let plain = TableFormat(isWide: false).render(report, ReportLayout())
        let coloured = TableFormat(isWide: false).render(report, ReportLayout(usesColour: true))
        #expect(coloured != plain)
        #expect(coloured.contains("\u{1B}[1;31mFatal"))
        #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    }

    @Test func timesAreLocalForPeopleOnly() throws {
        let layout = ReportLayout(localTime: true)
        let time = Timestamp(seconds: 1_606_469_813)
        #expect(layout.time(ReportTime(time)) == time.localRFC3339)
        #expect(layout.time(.unknown) == "-")
        #expect(ReportLayout().time(ReportTime(time)) == "2020-11-27T09:36:53Z")
    }

    @Test func anotherReadersTimesAreInTheirZone() {
        let time = ReportTime(Timestamp(seconds: 1_606_469_813))
        var layout = ReportLayout(localTime: true)
        layout.utcOffsetSeconds = 28_800
        #expect(layout.time(time) == "2020-11-27T17:36:53+08:00")
        layout.utcOffsetSeconds = -12_600
        #expect(layout.time(time) == "2020-11-27T06:06:53-03:30")
        layout.utcOffsetSeconds = 0
        #expect(layout.time(time) == "2020-11-27T09:36:53+00:00")
        #expect(layout.time(.unknown) == "-")
    }

    @Test(arguments: [1, 20, 60, 100, 10_000]) func tablesAreCutToTheWidthOfTheReader(_ width: Int) throws {
        let report = try sample()
        for table in ["nodes", "events"] {
            let isWide = false
            var layout = ReportLayout(limit: 0, table: table)
            let whole = TableFormat(isWide: isWide).render(report, layout).split(separator: "\n")
            layout.width = width
            let cut = TableFormat(isWide: isWide).render(report, layout).split(separator: "\n")
            #expect(cut.count == whole.count)
            for (line, full) in zip(cut, whole) {
                #expect(TerminalWidth.of(String(line)) <= width)
                if TerminalWidth.of(String(full)) <= width { #expect(line == full) }
            }
            layout.usesColour = true
            let coloured = TableFormat(isWide: isWide).render(report, layout)
            #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == cut.joined(separator: "\n"))
        }
    }

    /// With all that is known a row is a block: nothing of it is cut, and no line is wider than the terminal.
    @Test(arguments: [80, 120, 200]) func wideRowsAreBlocks(_ width: Int) throws {
        let report = try sample()
        var layout = ReportLayout(limit: 0)
        layout.width = width
        let text = TableFormat(isWide: true).render(report, layout)
        let table = try #require(text.components(separatedBy: "\n\n").first { $0.contains("evidence") })
        for line in table.split(separator: "\n") { #expect(TerminalWidth.of(String(line)) <= width, "\(line)") }
        for finding in report.findings {
            #expect(text.contains(finding.id), "what `ack` takes")
            #expect(text.contains("check      \(finding.check)") || text.contains(" \(finding.check)"))
        }
        layout.width = 0
        let whole = TableFormat(isWide: true).render(report, layout)
        for finding in report.findings { #expect(whole.contains(finding.message)) }
        layout.width = width
        layout.usesColour = true
        let coloured = TableFormat(isWide: true).render(report, layout)
        #expect(coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "") == text)
    }

    @Test func changesAreNewWorseAndGone() throws {
        let earlier = try sample()
        var now = earlier
        now.findings.removeFirst()
        now.findings[0].severity = .fatal
        now.findings[1].check = "Other"
        var before = earlier
        before.findings[1].severity = .warning
        let changes = try #require(ReportChanges.compare(now, with: before).changes)
        #expect(changes.new == [now.findings[1].id])
        #expect(changes.worse == [now.findings[0].id])
        #expect(changes.gone.map(\.id) == [earlier.findings[0].id, earlier.findings[2].id])
        let recent = try #require(ReportChanges.since(ReportContent(earlier), 600))
        #expect(Set(recent.new) == Set(earlier.findings.filter { "\($0.first)" >= "2020-11-27T10:55:00Z" }.map(\.id)))
        #expect(!recent.new.isEmpty)
        #expect { try ReportChanges.compare(earlier, withFile: "/nowhere.json") } throws: {
            "\($0)".contains("/nowhere.json")
        }
    }
}

/// As much of JSON Schema as the report's own schema uses.
enum JSONSchemaCheck {
    static func problems(_ value: Node, _ schema: Node, root: Node, at path: String) -> [String] {
        if let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last {
            guard let target = root["$defs"]?[String(name)] else { return ["\(path): no \(reference)"] }
            return problems(value, target, root: root, at: path)
        }
        var found: [String] = []
        if let type = schema["type"]?.string, !fits(value, type) { found.append("\(path): not \(type)") }
        if let allowed = schema["enum"]?.items, !allowed.contains(where: { $0.plainText == value.plainText }) {
            found.append("\(path): not one of the enum")
        }
        let properties = schema["properties"]
        for name in schema["required"]?.items?.compactMap(\.string) ?? [] where value[name] == nil {
            found.append("\(path): no \(name)")
        }
        for pair in value.pairs ?? [] {
            if let own = properties?[pair.key] {
                found += problems(pair.value, own, root: root, at: "\(path).\(pair.key)")
            } else if schema["additionalProperties"]?.value == .bool(false) {
                found.append("\(path): \(pair.key) is not named")
            }
        }
        if let items = schema["items"] {
            for (index, item) in (value.items ?? []).enumerated() {
                found += problems(item, items, root: root, at: "\(path)[\(index)]")
            }
        }
        return found
    }

    private static func fits(_ value: Node, _ type: String) -> Bool {
        switch (type, value.value) {
        case ("object", .mapping), ("array", .sequence), ("string", .string), ("integer", .integer), ("boolean", .bool):
            true
        default: false
        }
    }
}
