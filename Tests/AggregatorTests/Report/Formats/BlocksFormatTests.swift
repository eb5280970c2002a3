import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report
@testable import YAML

/// What somebody at a terminal sees of six clusters, at three widths and in both languages. `KE_RECORD=1` writes the
/// screens anew, and fails.
@Suite struct BlocksFormatTests {
    static let folder = Repository.root.appending(path: "Tests/Fixtures/report/screens")
    static let clusters = ["calm", "sick-node", "bad-rollout", "control-plane-half-down", "disk-full", "many"]
    static let widths = [80, 120, 200]

    private static func text(_ cluster: String) throws -> String {
        if cluster == "many" { return many() }
        return try String(contentsOf: folder.appending(path: "\(cluster).yaml"), encoding: .utf8)
    }

    /// 5,000 nodes with 300 incidents: 40 nodes that are gone together, 299 workloads that crash.
    private static func many() -> String {
        var documents = ["kind: Scenario\nnow: 2026-11-28T03:00:00Z\nversion: v1.31.4"]
        for number in 0..<5000 {
            let isGone = number % 125 == 7
            let ready =
                isGone
                ? "{type: Ready, status: Unknown, reason: NodeStatusUnknown, message: 'Kubelet stopped posting node status.', lastTransitionTime: '@-\(5 + number / 125)m'}"
                : "{type: Ready, status: 'True', reason: KubeletReady, lastTransitionTime: '@-9d'}"
            documents.append(
                "kind: Node\nmetadata: {name: node-\(number), uid: n\(number), creationTimestamp: '@-90d'}\nstatus: {conditions: [\(ready)]}"
            )
        }
        for number in 0..<299 {
            let app = "svc-\(number)"
            documents.append(
                """
                kind: Pod
                metadata: {name: \(app)-6f5b9-x, namespace: team-\(number % 9), uid: u\(number), labels: {app: \(app), pod-template-hash: '6f5b9'}, creationTimestamp: '@-30m', ownerReferences: [{kind: ReplicaSet, name: \(app)-6f5b9, controller: true}]}
                spec: {nodeName: node-\(number * 3), containers: [{name: app}]}
                status: {phase: Running, conditions: [{type: Ready, status: 'False', lastTransitionTime: '@-\(10 + number % 30)m'}], containerStatuses: [{name: app, ready: false, restartCount: 9, state: {waiting: {reason: CrashLoopBackOff, message: 'back-off 5m0s restarting failed container \(number)'}}}]}
                """)
        }
        return documents.joined(separator: "\n---\n")
    }

    private static func content(_ cluster: String, _ language: Language) throws -> ReportContent {
        let fixture = try CheckFixture(check: "", name: cluster, text: try text(cluster))
        var state = fixture.evaluated()
        state.clusterName = "prod"
        return ReportBuilder(
            state: state, options: ReportOptions(windowSeconds: fixture.windowSeconds, language: language.rawValue)
        ).content()
    }

    private static func layout(_ width: Int, _ language: Language) -> ReportLayout {
        var layout = ReportLayout(command: "kubectl ke report --context prod", language: language)
        layout.width = width
        layout.usesAges = true
        layout.invocation = Invocation(program: "kubectl ke", cluster: "--context prod")
        return layout
    }

    @Test(arguments: clusters) func showsTheScreensAsKept(_ cluster: String) throws {
        for language in [Language.en, .zh] {
            let content = try Self.content(cluster, language)
            for width in Self.widths {
                let made = BlocksFormat().render(content, Self.layout(width, language)) + "\n"
                let file = Self.folder.appending(path: "\(cluster).\(language.rawValue).\(width).txt")
                if ProcessInfo.processInfo.environment["KE_RECORD"] == "1" {
                    try made.write(to: file, atomically: true, encoding: .utf8)
                    Issue.record("recorded anew")
                }
                let kept = try String(contentsOf: file, encoding: .utf8)
                #expect(kept == made, "\(file.lastPathComponent)")
                let lines = made.split(separator: "\n")
                for line in lines where TerminalWidth.of(String(line)) > width {
                    Issue.record("\(file.lastPathComponent) is wider: \(line)")
                }
                if cluster != "calm" {
                    let last = lines.suffix(24).joined(separator: "\n")
                    #expect(last.contains(language == .zh ? "处理:" : "do:"), "what to do is on the last screen")
                    #expect(last.contains("kubectl ke why "))
                    #expect(last.contains(language == .zh ? "个故障：" : " incident"))
                }
            }
        }
    }

    /// The worst incident is what the last screen is about.
    @Test(arguments: clusters.dropFirst()) func theWorstComesLast(_ cluster: String) throws {
        let content = try Self.content(cluster, .en)
        let text = BlocksFormat().render(content, Self.layout(80, .en))
        let heads = text.split(separator: "\n").filter { line in
            ["FATAL ", "DANGER ", "WARNING "].contains { line.hasPrefix($0) }
        }
        let worst = try #require(content.incidents.first)
        #expect(try #require(heads.last).hasPrefix(worst.severity.title.uppercased()))
        #expect(heads.count == min(20, content.incidents.count))
    }

    /// A printed command has a name in each place, and the flags that name the cluster.
    @Test(arguments: clusters.dropFirst()) func commandsCanBePasted(_ cluster: String) throws {
        let text = BlocksFormat().render(try Self.content(cluster, .en), Self.layout(200, .en))
        let commands = text.split(separator: "\n").compactMap { line -> Substring? in
            let line = line.drop { $0 == " " }
            return line.hasPrefix("do:") || line.hasPrefix("why:") ? line : nil
        }
        #expect(!commands.isEmpty)
        for command in commands {
            #expect(command.contains("--context prod"), "\(command)")
            #expect(!command.contains("{"), "\(command)")
            #expect(
                command.firstMatch(of: /\b(NODE|POD|CONTAINER|NAMESPACE|IMAGE|NAME|WORKLOAD)\b/) == nil, "\(command)")
        }
    }

    @Test func numbersOfChecksAddUp() throws {
        for cluster in Self.clusters.dropLast() {
            let content = try Self.content(cluster, .en)
            let numbers = CheckNumbers(content)
            #expect(numbers.all == numbers.observed + numbers.part + numbers.none + numbers.off)
            #expect(numbers.missing == content.summary.unobserved)
            #expect(numbers.reasons.reduce(0) { $0 + $1.1 } == numbers.missing)
            let counts = ReportOverview.counts(content)
            #expect(counts.reduce(0) { $0 + $1.1 } == content.incidents.count)
        }
    }

    /// A name that somebody chose must not run in the shell of whoever pastes it.
    @Test func hostileNamesAreQuoted() throws {
        var report = try Self.content("bad-rollout", .en).report
        for place in report.incidents.indices {
            report.incidents[place].object = "pod/x\u{1B}[2J; rm -rf /"
            report.incidents[place].action?.message = String(repeating: "很长的消息 ", count: 60)
        }
        let text = BlocksFormat().render(ReportContent(report), Self.layout(80, .zh))
        #expect(!text.contains("\u{1B}"))
        for line in text.split(separator: "\n") { #expect(TerminalWidth.of(String(line)) <= 80) }
        #expect(CommandTemplate("kubectl logs {pod}")?.filled { _ in "a; rm -rf /" } == "kubectl logs 'a; rm -rf /'")
        #expect(CommandTemplate("kubectl logs {pod}")?.filled { _ in "-o" } == nil, "a flag is not a name")
        #expect(CommandTemplate("kubectl logs {pod}")?.filled { _ in "a\nb" } == nil)
        #expect(CommandTemplate("kubectl logs {pood}") == nil)
    }
}
