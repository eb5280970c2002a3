import Foundation
import TestSupport
import Testing

@testable import AgentState
@testable import Findings
@testable import Platform
@testable import RuleEngine

@Suite struct PipelineTests {
    private struct Run {
        let group: RuleGroup
        let matcher: LineMatcher
        var pipeline: RulePipeline
        var outputs: [PipelineOutput] = []

        init(_ yaml: String) throws {
            let file = RuleFile.read(
                Array(
                    ("apiVersion: ke/v1\nkind: LogRules\nsource: { journald: { transport: kernel } }\nrules:\n" + yaml)
                        .utf8), name: "t.yaml")
            #expect(file.errors.isEmpty, "\(file.errors)")
            group = try RuleGroup(selector: .kernel, rules: file.rules)
            matcher = LineMatcher(group)
            pipeline = RulePipeline(group: group, node: "n", source: "s", bootID: "b", pods: NoPods())
        }

        mutating func feed(_ line: String, at seconds: Double) {
            let bytes = Array(line.utf8)
            var matches: [LineMatch] = []
            matcher.scan(bytes.span, time: Timestamp(seconds: 1000 + seconds), position: { "" }) { matches.append($0) }
            for match in matches { outputs += pipeline.process(match, position: "p\(Int(seconds))") }
        }

        var occurrences: [Occurrence] {
            outputs.compactMap { if case .occurrence(let found) = $0 { found } else { nil } }
        }
    }

    @Test func thresholdsCountAllWhenReachedAndOneEachAfter() throws {
        var run = try Run("  - { id: a, reason: R, pattern: x, threshold: { count: 3, within: 60s } }\n")
        for second in [0.0, 100, 110, 120, 130, 300] { run.feed("x", at: second) }
        #expect(run.occurrences.map(\.count) == [3, 1])
    }

    /// A restart reads again from the oldest record that still matters, and decides the same.
    @Test func decidesTheSameAfterReadingAgainFromTheResumePosition() throws {
        let yaml = """
              - { id: t, reason: T, pattern: 'x (?P<k>\\w)', subject: '{k}', threshold: { count: 3, within: 60s } }
              - { id: w, reason: W, pattern: 'effect (?P<i>\\d)', with: 'cause (?P<i>\\d)', once: { by: [i], within: 30s } }

            """
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var time = 0.0
            let events = (0..<60).map { _ -> (String, Double) in
                time += Double(Int.random(in: 1...25, using: &random))
                return (
                    ["x a", "x b", "cause 1", "effect 1", "effect 2", "noise"].randomElement(using: &random) ?? "", time
                )
            }
            var whole = try Run(yaml)
            for (line, at) in events { whole.feed(line, at: at) }
            // Cut anywhere; the second process reads from the resume position and keeps what comes after the cut.
            let cut = Int.random(in: 1..<60, using: &random)
            var first = try Run(yaml)
            for (line, at) in events[..<cut] { first.feed(line, at: at) }
            first.pipeline.age(to: Timestamp(seconds: 1000 + events[cut - 1].1))
            let resume = first.pipeline.resumePosition?.time ?? Timestamp(seconds: 1000 + events[cut - 1].1 + 0.5)
            var second = try Run(yaml)
            for (line, at) in events[..<cut] where Timestamp(seconds: 1000 + at) >= resume { second.feed(line, at: at) }
            second.outputs = []
            for (line, at) in events[cut...] { second.feed(line, at: at) }
            #expect(first.occurrences + second.occurrences == whole.occurrences, "\(events) cut at \(cut)")
        }
    }

    @Test func joinsTheEarlierLineThatAgrees() throws {
        var run = try Run(
            "  - { id: a, reason: R, pattern: 'killed (?P<pid>\\d+)', with: ['oom .*cg=(?P<cgroup>\\S+) pid=(?P<pid>\\d+)', 'group (?P<cgroup>\\S+) goes'], within: 5s, message: '{pid} of [[{cgroup}]]' }\n"
        )
        run.feed("oom x cg=/a pid=1", at: 0)
        run.feed("oom x cg=/b pid=2", at: 1)
        run.feed("killed 1", at: 2)
        run.feed("killed 2", at: 3)
        run.feed("group /c goes", at: 3)
        run.feed("killed 9", at: 4)
        run.feed("killed 1", at: 20)
        #expect(run.occurrences.map(\.detection.message) == ["1 of /a", "2 of /b", "9 of /c", "1 of "])
    }

    @Test func findsCyclesOnly() throws {
        var run = try Run(
            "  - { id: a, reason: R, pattern: '(?P<f>\\w+) waits for (?P<t>\\w+)', cycle: { from: f, to: t, within: 10m }, message: '{cycle}' }\n"
        )
        run.feed("a waits for b", at: 0)
        run.feed("b waits for c", at: 1)
        #expect(run.occurrences.isEmpty)
        run.feed("c waits for a", at: 2)
        run.feed("z waits for z", at: 3)
        run.feed("a waits for b", at: 1000)
        #expect(run.occurrences.map(\.detection.message) == ["c → a → b → c", "z → z"])
    }

    @Test func countsOneEventThatTheKernelSaysTwiceOnce() throws {
        let yaml = try String(contentsOf: Repository.root.appending(path: "rules/logs/memory.yaml"), encoding: .utf8)
        let file = RuleFile.read(Array(yaml.utf8), name: "memory.yaml")
        let group = try RuleGroup(selector: .kernel, rules: file.rules)
        let matcher = LineMatcher(group)
        var pipeline = RulePipeline(group: group, node: "n", source: "s", bootID: "b", pods: NoPods())
        var found: [Occurrence] = []
        func feed(_ line: String) {
            let bytes = Array(line.utf8)
            var matches: [LineMatch] = []
            matcher.scan(bytes.span, time: Timestamp(seconds: 1), position: { "" }) { matches.append($0) }
            for match in matches {
                for case .occurrence(let occurrence) in pipeline.process(match, position: "p") {
                    found.append(occurrence)
                }
            }
        }
        feed("Out of memory: Kill process 16711 (stress) score 205 or sacrifice child")
        feed("Killed process 16711 (stress), UID 0, total-vm:826516kB, anon-rss:819296kB, file-rss:0kB, shmem-rss:0kB")
        #expect(found.map(\.detection.rule) == ["oom-kill-node"])
        found = []
        // cgroup v2 kills a group: one finding for the container, with the number of its processes.
        let cgroup =
            "/kubepods/burstable/pod87e18f63-83cb-11e7-a01d-42010a8001db/ef807430361e6e82b45db92e2e9b6fbc98f419b12c591e655c1a725565e73a8"
        feed(
            "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=\(cgroup),task_memcg=\(cgroup),task=java,pid=1,uid=0"
        )
        feed(
            "Memory cgroup out of memory: Killed process 1 (java) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB"
        )
        feed("Tasks in \(cgroup) are going to be killed due to memory.oom.group set")
        feed(
            "Memory cgroup out of memory: Killed process 2 (sh) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB"
        )
        feed(
            "Memory cgroup out of memory: Killed process 3 (curl) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB"
        )
        #expect(found.count == 3)
        #expect(Set(found.map(\.detection.key)).count == 1)
        #expect(found.first?.detection.object.uid == "87e18f63-83cb-11e7-a01d-42010a8001db")
    }

    @Test func aRuleWithEverNewSubjectsIsBoundedAndUncountedNothing() throws {
        var run = try Run("  - { id: a, reason: R, pattern: 'x (?P<n>\\d+)', subject: '{n}' }\n")
        for index in 0..<500 { run.feed("x \(index)", at: Double(index) / 10) }
        #expect(run.occurrences.count == 500)
        #expect(Set(run.occurrences.map(\.detection.subject)).count == 61)
    }

    @Test func conditionsSetClearAndExpire() throws {
        var run = try Run(
            "  - { id: a, reason: Down, pattern: down, condition: { type: Link, check: Link, clears: 'up again', clearsAfter: 60s } }\n"
        )
        run.feed("down", at: 0)
        run.feed("up again", at: 5)
        guard case .conditionSet(let state) = run.outputs.dropFirst().first,
            case .conditionCleared(let type, _, _, _) = run.outputs.last
        else {
            Issue.record("set and cleared is expected, not \(run.outputs)")
            return
        }
        #expect(state.condition == "Link")
        #expect(type == "Link")
        let table = StateTable {}
        table.set(state)
        table.expire(at: Timestamp(seconds: 1059))
        #expect(table.active.count == 1)
        table.expire(at: Timestamp(seconds: 1060))
        #expect(table.active.isEmpty)
        let unsent = table.unsent(limit: 10)
        #expect(unsent.reports.map(\.isActive) == [false])
    }

    @Test func aConditionOutlivesTheProcessButNotTheBoot() {
        let detection = Detection(
            check: "KernelDeadlock", rule: "r", reason: "R", severity: .danger, object: .node("n"), message: "m")
        let old = StateReport(
            detection, since: Timestamp(seconds: 1), last: Timestamp(seconds: 2), condition: "KernelDeadlock",
            owner: "rules", bootID: "boot1")
        let same = StateTable {}
        same.restore([old], bootID: "boot1", at: Timestamp(seconds: 9))
        #expect(same.active.count == 1)
        let other = StateTable {}
        other.restore([old], bootID: "boot2", at: Timestamp(seconds: 9))
        #expect(other.active.isEmpty)
        #expect(other.unsent(limit: 9).reports.map(\.isActive) == [false], "the aggregator hears that it ended")
    }

    @Test func aProbeThatLooksEndsTheConditionThatWaitsForIt() {
        let table = StateTable {}
        let detection = Detection(
            check: "NodeFilesystemReadOnly", rule: "r", reason: "R", severity: .danger, object: .node("n"), message: "m"
        )
        table.set(
            StateReport(
                detection, since: Timestamp(seconds: 1), last: Timestamp(seconds: 1), condition: "ReadonlyFilesystem",
                owner: "filesystem", bootID: "b"))
        table.replace(owner: "filesystem", checks: ["NodeDisk"], with: [], at: Timestamp(seconds: 2))
        #expect(table.active.count == 1, "another check of the same sampler says nothing about it")
        table.replace(owner: "filesystem", checks: ["NodeFilesystemReadOnly"], with: [], at: Timestamp(seconds: 3))
        #expect(table.active.isEmpty)
    }
}
