import CoreFoundation
import Foundation
import TestSupport
import Testing

@testable import Checks
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice
@testable import Report
@testable import Wire

/// Twice the cluster costs twice the work: no step compares all findings with all others.
@Suite struct GrowthTests {
    /// Of the smaller cluster; what guards a landing takes 4,000.
    private static let nodes = ProcessInfo.processInfo.environment["KE_GROWTH_NODES"].flatMap { Int($0) } ?? 400
    /// Somewhat more than twice, for sorting. Small clusters fit a processor's cache, larger ones do not.
    private static let ratioMax = nodes < 4000 ? 3.0 : 2.2
    /// The quickest of so many runs is compared, at most: other work on the machine makes some slower.
    private static let runs = 6

    /// What one thread worked, in seconds.
    private func worked(_ work: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        work()
        return now() - start
    }

    @Test func twiceTheClusterIsTwiceTheWork() {
        let small = LargeCluster(nodes: Self.nodes), large = LargeCluster(nodes: 2 * Self.nodes)
        let states = [small, large].map { $0.evaluation.run() }
        #expect(states[0].findings.count > 2 * Self.nodes)
        #expect(states[1].findings.count > states[0].findings.count * 19 / 10)
        let steps: [(name: String, work: (Int) -> Void)] = [
            ("evaluation", { place in _ = [small, large][place].evaluation.run() }),
            (
                "report",
                { place in
                    let content = ReportBuilder(
                        state: states[place], options: ReportOptions(hasDetail: false)
                    ).content()
                    _ = TableFormat(isWide: false).render(content, ReportLayout())
                }
            ),
        ]
        for step in steps {
            var once = Double.infinity, twice = Double.infinity
            for _ in 0..<Self.runs where twice > once * Self.ratioMax || once == .infinity {
                once = min(once, worked { step.work(0) })
                twice = min(twice, worked { step.work(1) })
            }
            #expect(twice <= once * Self.ratioMax, "\(step.name): \(once) s, then \(twice) s")
        }
    }

    /// What one change costs does not follow the size of what did not change, but for passes over what is kept.
    @Test func oneChangeIsCheapInALargeCluster() {
        let cluster = LargeCluster(nodes: Self.nodes)
        var evaluation = IncrementalEvaluation()
        func update(_ changed: ChangedScopes) {
            _ = evaluation.update(
                .init(
                    index: cluster.index, audit: AuditTable(), reports: cluster.reports, aggregator: AggregatorFacts(),
                    settings: EvaluationSettings(), now: cluster.now),
                changed: changed, sweepSeconds: 1e9)
        }
        let all = worked { update(ChangedScopes(isEverything: true)) }
        var one = ChangedScopes()
        one.insert(.node("node-1"))
        let change = (0..<3).map { _ in worked { update(one) } }.min() ?? all
        #expect(change * 10 < all, "all: \(all) s, one node: \(change) s")
    }
}

/// A cluster of any size in which every third pod crashes and every agent has found something.
struct LargeCluster {
    let now = Timestamp(seconds: 1_767_268_800)
    private(set) var index = ClusterIndex(name: "large")
    private(set) var reports: AgentReports

    init(nodes: Int) {
        reports = AgentReports(generatedAt: now, startedAt: now - 3600)
        for kind in CheckRunner.kinds(EvaluationSettings().checks) { index.states[kind] = KindState(date: now) }
        index.serverVersion = "v1.31.4"
        var texts = TextInterner(), changed = ChangedScopes()
        func set(_ kind: ClusterKind, _ json: String) {
            guard let document = try? JSONDocument(Array(json.utf8)), let table = ClusterTables.table(of: kind) else {
                preconditionFailure("\(kind) is not an object")
            }
            let isObject = table.set(document.root, in: &index, &texts, &changed)
            precondition(isObject)
        }
        let began = (now - 600).utcRFC3339
        for node in 0..<nodes {
            set(.nodes, Self.node("node-\(node)", began))
            let owner = "web-\(node / 5)"
            for pod in 0..<2 {
                let crashes = (node * 2 + pod) % 3 == 0
                set(.pods, Self.pod("\(owner)-\(node)-\(pod)", owner, "node-\(node)", crashes, began))
            }
            set(.events, Self.event(node, "\(owner)-\(node)-0", began))
            reports.set(report("node-\(node)"), of: "node-\(node)")
        }
    }

    var evaluation: Evaluation {
        Evaluation(index: index, reports: reports, settings: EvaluationSettings(), now: now)
    }

    private static func node(_ name: String, _ began: String) -> String {
        let conditions = ["Ready", "DiskPressure", "MemoryPressure", "PIDPressure"].map {
            #"{"type":"\#($0)","status":"\#($0 == "Ready" ? "True" : "False")","lastTransitionTime":"\#(began)"}"#
        }
        return #"""
            {"metadata":{"name":"\#(name)","uid":"u-\#(name)","creationTimestamp":"2025-01-01T00:00:00Z"},"spec":{},
            "status":{"nodeInfo":{"kubeletVersion":"v1.31.4"},"conditions":[\#(conditions.joined(separator: ","))]}}
            """#
    }

    private static func pod(
        _ name: String, _ owner: String, _ node: String, _ crashes: Bool, _ began: String
    ) -> String {
        let state = crashes ? #""waiting":{"reason":"CrashLoopBackOff"}"# : #""running":{"startedAt":"\#(began)"}"#
        return #"""
            {"metadata":{"namespace":"shop","name":"\#(name)","uid":"u-\#(name)","creationTimestamp":"\#(began)",
            "ownerReferences":[{"kind":"ReplicaSet","name":"\#(owner)-7d9f","controller":true}]},
            "spec":{"nodeName":"\#(node)"},"status":{"phase":"Running",
            "conditions":[{"type":"Ready","status":"\#(crashes ? "False" : "True")","lastTransitionTime":"\#(began)"}],
            "containerStatuses":[
            {"name":"app","ready":\#(!crashes),"restartCount":\#(crashes ? 9 : 0),"state":{\#(state)}}]}}
            """#
    }

    private static func event(_ number: Int, _ pod: String, _ began: String) -> String {
        #"""
        {"metadata":{"namespace":"shop","name":"e\#(number)"},"type":"Warning","reason":"Odd\#(number % 50)",
        "involvedObject":{"kind":"Pod","namespace":"shop","name":"\#(pod)","uid":"u-\#(pod)"},
        "message":"odd \#(number)",
        "count":1,"firstTimestamp":"\#(began)","lastTimestamp":"\#(began)","source":{"component":"kubelet"}}
        """#
    }

    private func report(_ node: String) -> AgentReports.Report {
        let findings = ["NodeTaskHung", "NodeExt4Error"].map { check in
            let detection = Detection(
                check: check, rule: "r", reason: check, severity: .warning, object: .node(node), subject: "sda1",
                message: "EXT4-fs error (device sda1)")
            return Finding(
                id: detection.key, node: node, detection: detection, first: now - 500, last: now - 500, count: 1,
                isState: false, condition: "", resolvedAt: nil, isDemo: false, evidence: [])
        }
        return AgentReports.Report(
            node: .init(name: node, bootID: "b", firstReport: now - 9000, lastReport: now, vitals: Vitals()),
            findings: findings)
    }
}
