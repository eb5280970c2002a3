import Foundation
import TestSupport
import Testing

@testable import Checks
@testable import ClusterIndex
@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Practice

/// The state that is kept fresh is the one that would be evaluated from scratch.
@Suite struct IncrementalEvaluationTests {
    /// Long enough that time alone makes no part due: what changed must be known.
    private static let never = 1e9

    private static let steps = ProcessInfo.processInfo.environment["KE_TWIN_STEPS"].flatMap { Int($0) } ?? 400

    /// The whole from scratch, with the same second look at what is fatal.
    private struct Scratch {
        var seen: [String: Timestamp] = [:]

        mutating func state(_ cluster: RandomCluster) -> EvaluatedState {
            var state = Evaluation(
                index: cluster.index, reports: cluster.reports, settings: EvaluationSettings(), now: cluster.now
            ).run()
            var known: [String: Timestamp] = [:]
            for place in state.findings.indices where FatalConfirmation.isUnconfirmed(state.findings[place]) {
                let key = state.findings[place].key
                let first = seen[key] ?? cluster.now
                known[key] = first
                if cluster.now.seconds(since: first) < FatalConfirmation.seconds {
                    state.findings[place] = state.findings[place].with(.danger)
                }
            }
            seen = known
            state.findings.sort(by: EvaluatedFinding.precedes)
            return state
        }
    }

    private func update(
        _ evaluation: inout IncrementalEvaluation, _ cluster: inout RandomCluster, everything: Bool = false,
        sweepSeconds: Double = never
    ) -> (state: EvaluatedState, isChanged: Bool) {
        var changed = cluster.takeChanges()
        if everything { changed.insertEverything() }
        return evaluation.update(
            .init(
                index: cluster.index, audit: AuditTable(), reports: cluster.reports, aggregator: AggregatorFacts(),
                settings: EvaluationSettings(), now: cluster.now),
            changed: changed, sweepSeconds: sweepSeconds)
    }

    @Test(arguments: [UInt64.random(in: 1...99_999), 20_261_127])
    func agreesWithScratchAfterEveryStep(_ seed: UInt64) {
        var cluster = RandomCluster(seed: seed, now: Timestamp(seconds: 1_767_268_800))
        var evaluation = IncrementalEvaluation()
        var scratch = Scratch()
        var most = 0
        for step in 0..<Self.steps {
            cluster.step()
            let isLater = step % 17 == 16
            if isLater { cluster.advance(seconds: Double(step % 5) * 90 + 1) }
            if step % 97 == 96 {
                // A new process knows nothing.
                evaluation = IncrementalEvaluation()
                scratch = Scratch()
            }
            let state = update(&evaluation, &cluster, everything: isLater).state
            let wanted = scratch.state(cluster)
            most = max(most, wanted.findings.count)
            guard state != wanted else { continue }
            Issue.record("seed \(seed), step \(step): \(Self.difference(state, wanted))")
            return
        }
        #expect(most > 20, "seed \(seed): a cluster in which nothing happens proves nothing")
    }

    /// No part is evaluated again but those in which something changed or an age reached a limit.
    @Test(arguments: [UInt64.random(in: 1...99_999), 20_261_128])
    func noticesWhatTimeAloneChanges(_ seed: UInt64) {
        var cluster = RandomCluster(seed: seed, now: Timestamp(seconds: 1_767_268_800))
        var evaluation = IncrementalEvaluation()
        var scratch = Scratch()
        var random = SeededRandom(seed: seed)
        for step in 0..<Self.steps / 2 {
            cluster.step()
            cluster.advance(seconds: Double(Int.random(in: 0...300, using: &random)))
            let state = update(&evaluation, &cluster, sweepSeconds: 0).state
            let wanted = scratch.state(cluster)
            let isSame =
                state.findings.count == wanted.findings.count && state.outcomes == wanted.outcomes
                && state.resolved.count == wanted.resolved.count && state.gaps.count == wanted.gaps.count
                && zip(state.findings, wanted.findings).allSatisfy { $0.says($1) }
            guard !isSame else { continue }
            Issue.record("seed \(seed), step \(step): \(Self.difference(state, wanted))")
            return
        }
    }

    private static func difference(_ a: EvaluatedState, _ b: EvaluatedState) -> String {
        func text(_ finding: EvaluatedFinding) -> String {
            "\(finding.severity) \(finding.check) \(finding.object) \(finding.detection.subject) ×\(finding.count)"
        }
        let left = Set(a.findings.map(text)), right = Set(b.findings.map(text))
        let pair = zip(a.findings, b.findings).first { $0 != $1 }.map { "\(dumped($0)) INSTEAD OF \(dumped($1))" } ?? ""
        // On one line, because runners show the first one alone.
        return """
            only kept fresh: \(left.subtracting(right).sorted()); \
            only from scratch: \(right.subtracting(left).sorted()); \
            gaps \(a.gaps == b.gaps), outcomes \(a.outcomes == b.outcomes), resolved \(a.resolved == b.resolved), \
            nodes \(a.nodes == b.nodes), workloads \(a.workloads == b.workloads), order \(a.findings == b.findings); \
            \(pair)
            """
    }

    private static func dumped(_ finding: EvaluatedFinding) -> String {
        var text = ""
        dump(finding, to: &text)
        return text.split(separator: "\n").joined(separator: " ")
    }

    @Test func nothingNewIsNoNewGeneration() {
        var cluster = RandomCluster(seed: 7, now: Timestamp(seconds: 1_767_268_800))
        var evaluation = IncrementalEvaluation()
        for _ in 0..<100 { cluster.step() }
        _ = update(&evaluation, &cluster)
        #expect(!update(&evaluation, &cluster).isChanged)
        let nodes = cluster.reports.reports.keys.map { ClusterScope.node($0) }
        var changed = ChangedScopes()
        changed.insert(nodes)
        let again = evaluation.update(
            .init(
                index: cluster.index, audit: AuditTable(), reports: cluster.reports, aggregator: AggregatorFacts(),
                settings: EvaluationSettings(), now: cluster.now), changed: changed)
        #expect(!again.isChanged, "reports that were read again say the same")
    }

    @Test func whatIsFatalOnceIsFatalOnlyAfterASecondLook() throws {
        var cluster = RandomCluster(seed: 3, now: Timestamp(seconds: 1_767_268_800))
        var evaluation = IncrementalEvaluation()
        // Three members of which none is ready and none says since when.
        for _ in 0..<300 {
            cluster.step()
            let state = update(&evaluation, &cluster).state
            for finding in state.findings where FatalConfirmation.isUnconfirmed(finding) {
                Issue.record("\(finding.check) is fatal at its first look")
            }
        }
    }
}
