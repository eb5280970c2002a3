import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report
@testable import Wire
@testable import YAML

@Suite struct ReportTests {
    private let now = Make.start + 1000

    private func finding(
        _ check: String, node: String = "node1", severity: Severity = .warning, subject: String = "",
        message: String = "message", count: Int = 1,
        last: Timestamp? = nil, isState: Bool = false, condition: String = "", resolved: Timestamp? = nil,
        object: ObjectReference? = nil
    ) -> Finding {
        let detection = Detection(
            check: check, rule: "r", reason: condition.isEmpty ? check : "DockerHung", severity: severity,
            object: object ?? .node(node), subject: subject, message: message)
        return Finding(
            id: detection.key, node: node, detection: detection, first: last ?? Make.start, last: last ?? Make.start,
            count: count, isState: isState,
            condition: condition, resolvedAt: resolved, isDemo: false, evidence: [])
    }

    private func snapshot(
        _ findings: [Finding], nodes: [String] = ["node1"], heard: Timestamp? = nil,
        observations: [Snapshot.NodeObservation] = []
    ) -> Snapshot {
        Snapshot(
            generatedAt: now, startedAt: Make.start, storeID: "s",
            nodes: nodes.map {
                .init(name: $0, bootID: "b", firstReport: Make.start, lastReport: heard ?? now, vitals: Vitals())
            },
            findings: findings, observations: observations, dropped: 0)
    }

    private func report(_ snapshot: Snapshot, _ change: (inout ReportOptions) -> Void = { _ in }) -> Report {
        var options = ReportOptions()
        change(&options)
        let state = Evaluation(index: nil, snapshot: snapshot, now: now, windowSeconds: options.windowSeconds).run()
        return ReportBuilder(state: state, options: options).build()
    }

    private func table(_ report: Report, _ layout: ReportLayout = ReportLayout(), wide: Bool = false) -> String {
        TableFormat(isWide: wide).render(report, layout)
    }

    @Test func printsTheNodeTableInTheSeedsForm() {
        let text = table(
            report(
                snapshot([
                    finding("NodeDisk", severity: .warning, message: "/ 91% used", isState: true),
                    finding(
                        "NodeDeadlock", severity: .danger, message: "task hung", isState: true,
                        condition: "KernelDeadlock"),
                ])), ReportLayout(hasHeader: false))
        #expect(
            text
                == """
                NODENAME        SEVERITY     HEARTBEATTIME          REASON       MESSAGE
                node1           Danger       2023-11-14T22:13:20Z   DockerHung   task hung
                node1           Warning      2023-11-14T22:13:20Z   NodeDisk     /  91% used
                """.replacingOccurrences(of: "/  91", with: "/ 91"))
    }

    @Test func printsTheEventTableInTheSeedsForm() {
        let found = finding("NodeExt4Error", message: "EXT4-fs error", count: 3)
        let text = table(report(snapshot([found])), ReportLayout(hasHeader: false))
        #expect(
            text == """
                NAMESPACE       SEVERITY     PODNAME                                          EVENTTIME              REASON          MESSAGE
                default         Warning      node1.\(found.id)                           2023-11-14T22:13:20Z   NodeExt4Error   EXT4-fs error (3 times)
                """)
    }

    @Test func headerCountsAndTrailerStandAroundTheTables() {
        let text = table(report(snapshot([finding("NodeOOM", severity: .danger)])))
        #expect(
            text.hasPrefix(
                "KubeEye  node1  no cluster  2023-11-14T22:30:00Z  window 1h\nNodes 1   agents 1/1 reporting   rules -\nFATAL 0  DANGER 1  WARNING 0   new 1   silenced 0   not observed: 0 checks\n\nSEVERITY"
            ))
        #expect(text.contains("\n\nOBSERVED 2 of 2 checks on 1 of 1 nodes\n\nFATAL 0"))
        #expect(text.contains("\nNEXT  ke-aggregator report -o wide --node node1\n"))
    }

    @Test func eventsAgeOutAndStatesDoNot() {
        let old = Make.start - 7200
        let findings = [
            finding("NodeOOM", last: old), finding("NodeDisk", last: old, isState: true),
            finding("NodeCPU", last: old, isState: true, resolved: old),
        ]
        #expect(report(snapshot(findings)).findings.map(\.check) == ["NodeDisk"])
        #expect(
            report(snapshot(findings)) { $0.windowSeconds = 5 * 3600 }.findings.map(\.check) == ["NodeDisk", "NodeOOM"])
        #expect(report(snapshot(findings)).resolved.map(\.check) == ["NodeCPU"])
    }

    @Test func filtersByNodeAndSeverity() {
        let findings = [finding("NodeOOM", severity: .info), finding("NodeDisk", node: "node2", severity: .fatal)]
        let all = snapshot(findings, nodes: ["node1", "node2"])
        #expect(report(all).findings.map(\.check) == ["NodeDisk"])
        #expect(report(all) { $0.severity = .info }.findings.count == 2)
        #expect(
            report(all) {
                $0.severity = .info; $0.node = "node1"
            }.findings.map(\.check) == ["NodeOOM"])
    }

    @Test func aSilentAgentIsAFindingAndItsChecksAreUnobserved() {
        let observations = ["NodeCPU", "NodeDisk"].map {
            Snapshot.NodeObservation(
                node: "node1", observation: Observation(check: $0, source: "s", outcome: .healthy, since: Make.start))
        }
        let built = report(snapshot([], heard: now - 360, observations: observations))
        #expect(built.findings.map(\.check) == ["AgentSilent"])
        #expect(built.unobserved.map(\.reason) == [.agentSilent, .agentSilent])
        #expect(built.unobserved.first?.detail == "last report 6m ago")
        #expect(built.checks.first { $0.id == "NodeCPU" }?.healthy == 0)
        #expect(report(snapshot([], heard: now - 60, observations: observations)).findings.isEmpty)
    }

    @Test func unobservedIsNeverHealthy() {
        let observation = Snapshot.NodeObservation(
            node: "node1",
            observation: Observation(
                check: "NodeCPU", source: "cpu", outcome: .unobserved, reason: .forbidden, since: Make.start,
                detail: "open /proc/stat"))
        let built = report(snapshot([], observations: [observation]))
        let count = built.checks.first { $0.id == "NodeCPU" }
        #expect(count?.healthy == 0)
        #expect(count?.unobserved == 1)
        #expect(built.exitStatus(failOn: .danger) == 3)
        #expect(built.exitStatus(failOn: nil) == 0)
        #expect(table(built).contains("NodeCPU  node1   forbidden   2023-11-14T22:13:20Z   open /proc/stat"))
        let expected = Snapshot.NodeObservation(
            node: "node1",
            observation: Observation(
                check: "NodeCPU", source: "cpu", outcome: .unobserved, reason: .warmingUp, since: Make.start))
        #expect(report(snapshot([], observations: [expected])).exitStatus(failOn: .danger) == 0)
    }

    @Test func exitStatusTellsFoundFromUnobserved() {
        let bad = report(snapshot([finding("NodeDisk", severity: .danger, isState: true)]))
        #expect(bad.exitStatus(failOn: .danger) == 2)
        #expect(bad.exitStatus(failOn: .fatal) == 0)
    }

    @Test func limitsAndCollapsesRows() {
        let many = (0..<40).map {
            finding(
                "NodeDisk", node: "node\($0)",
                message: "mount \(["a", "b"][$0 % 2])\(String(repeating: "x", count: $0))", isState: true)
        }
        let names = (0..<40).map { "node\($0)" }
        let text = table(report(snapshot(many, nodes: names)), ReportLayout(limit: 5, hasHeader: false))
        #expect(text.split(separator: "\n").count == 7)
        #expect(text.hasSuffix("… 35 more: ke-aggregator report --table nodes --limit 0"))
        let same = (0..<8).map { finding("NodeTaskHung", subject: "t\($0)", message: "INFO: task x:\($0) blocked") }
        let collapsed = table(report(snapshot(same)), ReportLayout(hasHeader: false))
        #expect(collapsed.split(separator: "\n").count == 2)
        #expect(collapsed.hasSuffix("(+7)"))
    }

    @Test func hostileTextCannotBreakATable() {
        let text = table(
            report(snapshot([finding("NodeOOM", message: "a\u{1B}[2J\nb\u{202E}c\u{0}")])),
            ReportLayout(hasHeader: false))
        #expect(text.split(separator: "\n").count == 2)
        #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E || $0.value == 0 })
    }

    @Test func wideCharactersTakeTwoColumns() {
        var table = TextTable([.init(title: "A"), .init(title: "B")])
        table.add(["内存", "x"])
        table.add(["abcd", "y"])
        #expect(table.lines() == ["A     B", "内存  x", "abcd  y"])
    }

    @Test func incidentsPutTheCauseFirst() {
        let found = [
            finding("NodeTaskHung", severity: .warning, subject: "t"),
            finding("NodeDiskHardware", severity: .danger, subject: "sdb"),
            finding("NodeDockerHung", severity: .danger, subject: "d"),
        ]
        let incidents = report(snapshot(found)).incidents
        #expect(incidents.count == 1)
        #expect(incidents.first?.cause == "NodeDiskHardware")
        #expect(incidents.first?.summary == "message (+2 events)")
        #expect(incidents.first?.findings.count == 3)
    }

    @Test func theSameSnapshotGivesTheSameBytes() throws {
        let findings = (0..<30).map {
            finding(["NodeOOM", "NodeDisk"][$0 % 2], node: "node\($0 % 7)", subject: "\($0)", isState: $0 % 3 == 0)
        }
        let names = (0..<7).map { "node\($0)" }
        for format in ReportFormats.all {
            let a = try format.render(report(snapshot(findings, nodes: names)), ReportLayout())
            let b = try format.render(report(snapshot(findings.reversed(), nodes: names)), ReportLayout())
            #expect(a == b, "\(format.id)")
        }
    }

    @Test func jsonAndYAMLHoldEverythingPrinted() throws {
        let built = report(snapshot([finding("NodeOOM", severity: .danger)]))
        let json = try JSONFormat().render(built, ReportLayout())
        let tree = try JSONReader.read(Array(json.utf8))
        for key in [
            "schemaVersion", "generatedAt", "window", "cluster", "summary", "incidents", "findings", "unobserved",
            "resolved", "checks", "tables",
        ] {
            #expect(tree[key] != nil, "\(key)")
        }
        #expect(tree["tables"]?["events"]?.items?.first?["findingId"]?.string == built.findings.first?.id)
        #expect(try YAMLFormat().render(built, ReportLayout()).contains("check: NodeOOM"))
    }

    /// The manuals list them in the order of `--help`.
    @Test(arguments: ["README.md", "README.zh.md", "docs/usage.md", "docs/usage.zh.md"])
    func theManualsNameEveryFormat(_ name: String) throws {
        let list = ReportFormats.all.map(\.id).joined(separator: "\\|")
        #expect(try Repository.text(name).contains("`-o \(list)`"), "\(list)")
    }

    @Test func certificatesHaveTheirOwnTable() {
        let detection = Detection(
            check: "CertExpiring", rule: "certificates", reason: "CertExpiring", severity: .warning,
            object: .node("node1"), subject: "/etc/kubernetes/pki/a.crt",
            message: "expires", deadline: now + 29 * 86_400 + 86_399)
        let found = Finding(
            id: "x", node: "node1", detection: detection, first: now, last: now, count: 1, isState: true, condition: "",
            resolvedAt: nil, isDemo: false, evidence: [])
        let text = table(report(snapshot([found])), ReportLayout(hasHeader: false))
        #expect(
            text == """
                NAME                            EXPIRES                  RESIDUAL
                node1/etc/kubernetes/pki/a.crt  Dec 14, 2023 22:29 UTC   29d
                """)
    }
}
