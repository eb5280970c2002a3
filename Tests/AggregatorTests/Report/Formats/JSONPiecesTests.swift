import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report
@testable import Wire

/// Piece by piece or at once, it is the same JSON.
@Suite struct JSONPiecesTests {
    private func seed(_ name: String = "seed", severity: Severity = .info) throws -> ReportContent {
        let text = try String(
            contentsOf: Repository.root.appending(path: "Tests/Fixtures/report/\(name).yaml"), encoding: .utf8)
        let fixture = try CheckFixture(check: "", name: name, text: text)
        var options = ReportOptions()
        options.windowSeconds = fixture.windowSeconds
        options.severity = severity
        return ReportBuilder(state: fixture.evaluated(), options: options).content()
    }

    /// The slow and obvious way.
    private func encoded(_ report: Report) throws -> String { try JSONFormat.text(report) }

    @Test(arguments: ["seed", "seed-workloads", "seed-rule"]) func itIsWhatTheEncoderMakesOfTheWhole(
        _ name: String
    ) throws {
        let content = try seed(name)
        #expect(try JSONPieces(content, isPretty: true).joined() == encoded(content.report))
        let changed = content.comparing(seconds: 3600)
        #expect(changed.changes != nil)
        #expect(try JSONPieces(changed, isPretty: true).joined() == encoded(changed.report))
    }

    @Test func anEmptyReportHasEmptyLists() throws {
        let state = EvaluatedState(generatedAt: Timestamp(seconds: 1), clusterName: "empty")
        let content = ReportBuilder(state: state, options: ReportOptions()).content()
        #expect(try JSONPieces(content, isPretty: true).joined() == encoded(content.report))
    }

    @Test func theShortFormSaysTheSame() throws {
        let content = try seed()
        let short = try JSONPieces(content, isPretty: false).joined()
        #expect(!short.contains("\n"))
        #expect(try JSONDecoder().decode(Report.self, from: Data(short.utf8)) == content.report)
    }

    /// Hostile texts hold what the writer looks for.
    @Test func textsThatLookLikeItsOwnLinesStayTexts() throws {
        var report = try seed().report
        let odd = "x\",\n  \"findings\" : [\n\n  ],\n    \"events\" : ["
        report.cluster.name = odd
        report.cluster.notes = [odd, "  ]"]
        report.findings[0].message = odd
        let content = ReportContent(report)
        #expect(try JSONPieces(content, isPretty: true).joined() == encoded(report))
        let short = try JSONPieces(content, isPretty: false).joined()
        #expect(try JSONDecoder().decode(Report.self, from: Data(short.utf8)) == report)
    }

    /// Findings are made when they are written, and a piece holds few of them.
    @Test func aLargeReportComesInBoundedPieces() throws {
        let findings = LargeFleet.findings(nodes: 300)
        let content = ReportBuilder(state: LargeFleet.state(findings, nodes: 300), options: ReportOptions()).content()
        var pieces = try JSONPieces(content, isPretty: true), total = 0, largest = 0, count = 0
        while let piece = try pieces.next() {
            total += piece.utf8.count
            largest = max(largest, piece.utf8.count)
            count += 1
        }
        #expect(content.findings.count == 3000)
        #expect(total > 1_000_000)
        #expect(largest < 2 * JSONPieces.pieceBytes)
        #expect(count >= total / (2 * JSONPieces.pieceBytes))
    }
}

/// Many nodes with ten findings each, as agents would report them.
enum LargeFleet {
    static let now = Make.start + 1000

    static func findings(nodes: Int) -> [Finding] {
        (0..<nodes).flatMap { node in
            (0..<10).map { index in
                let detection = Detection(
                    check: index % 2 == 0 ? "NodeOOM" : "NodeDisk", rule: "r\(index)", reason: "Reason\(index)",
                    severity: index == 0 ? .danger : .warning, object: .node("node-\(node)"), subject: "s\(index)",
                    message: "process java (\(node * 10 + index)) of a long name was killed for memory, number \(index)"
                )
                return Finding(
                    id: detection.key, node: "node-\(node)", detection: detection, first: Make.start,
                    last: Make.start + Double(index), count: 1, isState: index % 2 == 1, condition: "",
                    resolvedAt: nil, isDemo: false,
                    evidence: [Evidence(source: "kmsg", origin: "o", time: Make.start, text: "a line of the kernel")])
            }
        }
    }

    /// As their evaluation would leave them.
    static func state(_ findings: [Finding], nodes: Int) -> EvaluatedState {
        var state = EvaluatedState(generatedAt: now, clusterName: "fleet")
        state.agents = (0..<nodes).map {
            .init(name: "node-\($0)", bootID: "b", firstReport: Make.start, lastReport: now, vitals: Vitals())
        }
        for agent in state.agents { state.nodes[agent.name] = NodeFacts() }
        state.findings = findings.map { finding in
            var content = EvaluatedFinding.Content(
                id: finding.id, node: finding.node, detection: finding.detection, first: finding.first,
                last: finding.last, count: finding.count, isState: finding.isState, evidence: finding.evidence,
                table: finding.isState ? .nodes : .events)
            content.hasAgent = true
            return EvaluatedFinding(content)
        }.sorted(by: EvaluatedFinding.precedes)
        return state
    }
}
