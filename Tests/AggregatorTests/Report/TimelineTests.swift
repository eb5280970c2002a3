import Foundation
import Testing

@testable import CLI
@testable import ClusterIndex
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import Wire

@Suite struct TimelineTests {
    private let now = Timestamp(seconds: 1_767_268_800)

    private func node(_ json: String) throws -> (JSONValue, NodeRecord) {
        let root = try JSONDocument(Array(json.utf8)).root
        var texts = TextInterner()
        return (root, try #require(NodeRecord(root, &texts)))
    }

    @Test func putsEverythingInOrderAndFindsWhatChangedBefore() throws {
        var builder = TimelineBuilder(since: now - 3600)
        let (json, record) = try node(
            """
            {"metadata":{"name":"n1","creationTimestamp":"2025-01-01T00:00:00Z","managedFields":[
              {"manager":"kubectl-cordon","time":"2026-01-01T11:35:00Z","fieldsV1":{"f:spec":{"f:unschedulable":{}}}},
              {"manager":"kubelet","time":"2026-01-01T11:59:00Z","fieldsV1":{"f:status":{}}}]},
             "spec":{"unschedulable":true,"taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule","timeAdded":"2026-01-01T11:35:00Z"}]},
             "status":{"conditions":[{"type":"Ready","status":"False","reason":"KubeletNotReady","message":"runtime is down","lastTransitionTime":"2026-01-01T11:50:00Z"},
               {"type":"MemoryPressure","status":"False","lastTransitionTime":"2025-01-01T00:00:00Z"}]}}
            """)
        builder.addNode(json, record)
        builder.add(now - 400, .danger, "kmsg", "node/n1", "task hung", count: 3)
        builder.add(now - 2400, nil, "replicaset", "replicaset/web", "revision 2", isChange: true)
        builder.add(now - 9000, nil, "event", "node/n1", "too old")
        let built = builder.build()
        #expect(built.began == KubernetesTime.parse("2026-01-01T11:35:00Z"), "the taint is the first bad thing")
        #expect(built.entries.map(\.time) == built.entries.map(\.time).sorted())
        #expect(built.entries.first { $0.text == "cordoned by kubectl-cordon" }?.isChange == true)
        let notReady = try #require(built.entries.first { $0.text.hasPrefix("Ready became False: KubeletNotReady") })
        #expect(notReady.severity == .fatal)
        #expect(built.entries.last?.text == "task hung")
        #expect(built.entries.last?.count == 3)
        #expect(!built.entries.contains { $0.text == "too old" })
        #expect(built.changes.map(\.text).contains("revision 2"))
        #expect(built.changes.map(\.text).contains("cordoned by kubectl-cordon"))
        #expect(!built.changes.contains { $0.text.hasPrefix("joined") }, "a year ago is not half an hour ago")
    }

    @Test func aNewKernelShortlyBeforeIsNamed() {
        var builder = TimelineBuilder(since: now - 3600)
        builder.addVersion(NodeChange(node: "n1", what: "kernel", old: "6.1.0", new: "6.1.9", time: now - 900))
        builder.add(now - 60, .danger, "kmsg", "node/n1", "task hung")
        #expect(builder.build().changes.map(\.text) == ["kernel 6.1.0 became 6.1.9"])
    }

    @Test func nothingBadMeansNothingBegan() {
        var builder = TimelineBuilder(since: now - 3600)
        builder.add(now - 60, nil, "event", "pod/x", "Started", isChange: true)
        let built = builder.build()
        #expect(built.began == nil)
        #expect(built.changes.isEmpty)
        #expect(built.entries.count == 1)
    }

    @Test func aPodsStoryIsToldByItsContainers() throws {
        let root = try JSONDocument(
            Array(
                """
                {"metadata":{"name":"p","namespace":"n","creationTimestamp":"2026-01-01T11:00:00Z"},"spec":{"nodeName":"n1"},
                 "status":{"phase":"Running","conditions":[{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-01-01T11:00:01Z"},{"type":"Ready","status":"False","lastTransitionTime":"2026-01-01T11:40:00Z"}],
                 "containerStatuses":[{"name":"app","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"reason":"OOMKilled","exitCode":137,"finishedAt":"2026-01-01T11:39:59Z"}}}]}}
                """.utf8)
        ).root
        var texts = TextInterner()
        let pod = try #require(PodRecord(root, &texts))
        var builder = TimelineBuilder(since: now - 7200)
        builder.addPod(pod, isMain: true)
        let all = builder.build().entries.map(\.text)
        #expect(
            all == [
                "created", "scheduled to n1", "container app ended: OOMKilled (exit 137)", "Ready became False",
                "container app waits: CrashLoopBackOff",
            ])
    }

    @Test func hostileTextsStayOnTheirLine() {
        var builder = TimelineBuilder(since: now - 60)
        builder.add(now, .warning, "event", "pod/x", "a\u{1B}[2J\nb")
        let timeline = Timeline(
            object: "pod/x\n", state: "s", causes: [], pods: 0, lost: [], common: [], began: nil, changes: [],
            entries: builder.build().entries, gaps: ["g\n"])
        let text = TimelineText.render(timeline)
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("a [2J b"))
    }

    /// Without a cluster a node's timeline is what its agent told.
    @Test func aNodesAgentIsEnoughForATimeline() throws {
        let detection = Detection(
            check: "NodeTaskHung", rule: "task-hung", reason: "TaskHung", severity: .danger, object: .node("n1"),
            message: "INFO: task cp:41 blocked for more than 120 seconds.")
        func finding(_ node: String) -> Finding {
            Finding(
                id: node, node: node, detection: detection, first: now - 300, last: now - 60, count: 2, isState: false,
                condition: "", resolvedAt: nil, isDemo: false, evidence: [])
        }
        let snapshot = Snapshot(
            generatedAt: now, startedAt: now - 9000, storeID: "s",
            nodes: [.init(name: "n1", bootID: "b", firstReport: now - 9000, lastReport: now - 12, vitals: Vitals())],
            findings: [finding("n1"), finding("n2")], observations: [], dropped: 0,
            changes: [NodeChange(node: "n1", what: "kernel", old: "6.1.0", new: "6.1.9", time: now - 900)])
        let timeline = try #require(WhyReader.read(node: "n1", of: snapshot, since: now - 3600, now: now))
        #expect(timeline.state == "last report 12s ago")
        #expect(timeline.entries.filter { $0.text.contains("task cp:41") }.count == 1)
        #expect(timeline.changes.map(\.text) == ["kernel 6.1.0 became 6.1.9"])
        #expect(timeline.causes.count == 1)
        #expect(timeline.gaps.map { $0.hasPrefix("no cluster") } == [true])
        #expect(WhyReader.read(node: "n9", of: snapshot, since: now - 3600, now: now) == nil)
    }
}
