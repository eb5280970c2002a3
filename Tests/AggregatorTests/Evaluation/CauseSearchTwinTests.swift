import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform

/// The search by what both ends have in common finds what comparing every finding with every other finds.
@Suite struct CauseSearchTwinTests {
    /// Every pair, one mechanism after the other.
    private struct EveryPair {
        let search: CauseSearch
        let state: EvaluatedState
        let table = CauseTable.builtIn
        private(set) var parents: [CauseSearch.Link?]

        init(_ search: CauseSearch, _ state: EvaluatedState) {
            self.search = search
            self.state = state
            parents = Array(repeating: nil, count: search.findings.count)
            for effect in search.findings.indices {
                parents[effect] = best(effect, isLast: false) { rank($0) < rank(effect) }
            }
            let roots = search.findings.indices.filter { parents[$0] == nil }.sorted {
                let a = search.findings[$0], b = search.findings[$1]
                return (rank($0), a.first, a.id) < (rank($1), b.first, b.id)
            }
            for effect in roots {
                parents[effect] = best(effect, isLast: true) { lead($0).map { $0 != effect } ?? false }
            }
        }

        private func rank(_ index: Int) -> Int { table[search.findings[index].check].rank }

        private func lead(_ index: Int) -> Int? {
            var index = index
            for _ in 0..<CauseSearch.depthMax {
                guard let parent = parents[index] else { return index }
                index = parent.cause
            }
            return nil
        }

        private func causes(_ index: Int) -> Set<Int> {
            let finding = search.findings[index]
            return Set(([finding.check] + finding.detection.also).flatMap { table[$0].causes })
        }

        private func best(_ effect: Int, isLast: Bool, where isAllowed: (Int) -> Bool) -> CauseSearch.Link? {
            var best: CauseSearch.Link?
            for incoming in table[search.findings[effect].check].incoming {
                let mechanism = table.mechanisms[incoming.mechanism]
                guard mechanism.isLast == isLast, search.isEffect(effect, incoming) else { continue }
                for cause in search.findings.indices where cause != effect && isAllowed(cause) {
                    guard causes(cause).contains(incoming.mechanism), search.canCause(cause, mechanism),
                        isInScope(mechanism.scope, search.findings[cause], search.findings[effect]),
                        search.refusal(cause, effect, incoming.mechanism) == nil,
                        search.says(effect, incoming.mechanism)
                    else { continue }
                    let link = CauseSearch.Link(cause: cause, mechanism: incoming.mechanism)
                    if best.map({ search.isBetter(link, than: $0) }) ?? true { best = link }
                }
            }
            return best
        }

        private func isInScope(_ scope: Mechanism.Scope, _ cause: EvaluatedFinding, _ effect: EvaluatedFinding) -> Bool
        {
            let plain = RelationStep.plain
            let object = plain(effect.object), related = effect.relates.map(plain)
            let all = [plain(effect.owner ?? effect.object), object] + related
            switch scope {
            case .container, .pod: return cause.object.kind == "Pod" && plain(cause.object) == object
            case .dependency: return ([object] + related).contains(plain(cause.object))
            case .named: return cause.relates.map(plain).contains { all.contains($0) }
            case .workload: return all.contains(plain(cause.owner ?? cause.object))
            case .device, .node:
                return cause.object.kind == "Node" && !cause.node.isEmpty && cause.node == effect.node
            case .hosts:
                return cause.object.kind == "Node"
                    && state.workloads.contains { all.contains(plain($0.key)) && $0.value.nodes.contains(cause.node) }
            case .namespace: return !namespace(cause).isEmpty && namespace(cause) == namespace(effect)
            case .cluster: return true
            }
        }

        private func namespace(_ finding: EvaluatedFinding) -> String {
            finding.object.kind == "Namespace" ? finding.object.name : finding.object.namespace
        }
    }

    private func agree(_ state: EvaluatedState, _ name: String) -> Int {
        let findings = state.findings.filter { !$0.isApart && $0.severity > .info }
        let search = CauseSearch(findings, state)
        let twin = EveryPair(search, state)
        for (place, link) in search.parents.enumerated() where link != twin.parents[place] {
            func text(_ link: CauseSearch.Link?) -> String {
                link.map { "\(findings[$0.cause].id) by \(search.mechanism($0).id)" } ?? "nothing"
            }
            Issue.record("\(name): \(findings[place].id) by \(text(link)), the twin says \(text(twin.parents[place]))")
        }
        return twin.parents.count { $0 != nil }
    }

    @Test func agreesOnEveryScenario() throws {
        let folder = Repository.root.appending(path: "Tests/Fixtures/scenarios")
        var links = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() {
            let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
            links += agree(try CheckFixture(check: "", name: file, text: text).evaluated(), file)
        }
        #expect(links > 50)
    }

    @Test(arguments: [UInt64.random(in: 1...99_999), 20_261_127]) func agreesOnARandomCluster(_ seed: UInt64) {
        var cluster = RandomCluster(seed: seed, now: Timestamp(seconds: 1_767_268_800))
        var links = 0
        for step in 0..<600 {
            cluster.step()
            if step % 17 == 16 { cluster.advance(seconds: Double(step % 5) * 90 + 1) }
            guard step % 5 == 0 else { continue }
            let state = Evaluation(
                index: cluster.index, reports: cluster.reports, settings: EvaluationSettings(), now: cluster.now
            ).run()
            links += agree(state, "seed \(seed), step \(step)")
        }
        #expect(links > 50, "seed \(seed): a cluster without causes proves nothing")
    }
}
