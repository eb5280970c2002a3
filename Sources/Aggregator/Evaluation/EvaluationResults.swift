import CheckModel
import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// What the parts of a cluster gave, and their sums, kept while parts are evaluated again.
struct EvaluationResults {
    private(set) var parts: [ClusterScope: PartitionResult] = [:]
    /// Of all parts, in the order of reports.
    private(set) var findings: [EvaluatedFinding] = []
    private(set) var outcomes: [String: OutcomeCount] = [:]
    private(set) var workloads: [ObjectReference: WorkloadFacts] = [:]
    private(set) var nodes: [String: NodeFacts] = [:]

    /// Takes new results of some parts; a part that holds nothing any more has an empty one.
    /// - Returns: whether a finding came, went, or says something else than before.
    @discardableResult mutating func replace(_ new: [(ClusterScope, PartitionResult)]) -> Bool {
        var gone: Set<ObjectIdentifier> = []
        var come: [EvaluatedFinding] = []
        var isChanged = false
        for (scope, result) in new {
            let old = parts.removeValue(forKey: scope) ?? PartitionResult()
            isChanged = isChanged || !Self.says(old, theSameAs: result)
            for finding in old.findings { gone.insert(ObjectIdentifier(finding)) }
            come += result.findings
            subtract(old)
            add(result)
            if case .node(let name) = scope { nodes[name] = result.node }
            parts[scope] = result
        }
        merge(without: gone, with: come)
        return isChanged
    }

    static func says(_ old: PartitionResult, theSameAs new: PartitionResult) -> Bool {
        old.findings.count == new.findings.count && old.silenced.count == new.silenced.count
            && old.resolved.count == new.resolved.count && old.gaps == new.gaps
            && zip(old.findings, new.findings).allSatisfy { $0.says($1) }
    }

    private mutating func subtract(_ result: PartitionResult) {
        for (check, count) in result.outcomes { outcomes[check]?.subtract(count) }
        for (owner, facts) in result.workloads {
            workloads[owner]?.subtract(facts)
            if workloads[owner]?.pods == 0 { workloads[owner] = nil }
        }
    }

    private mutating func add(_ result: PartitionResult) {
        for (check, count) in result.outcomes { outcomes[check, default: OutcomeCount()].add(count) }
        for (owner, facts) in result.workloads { workloads[owner, default: WorkloadFacts()].add(facts) }
    }

    /// Two sorted lists into one: few findings are new, and comparing all of them costs more than all else.
    private mutating func merge(without gone: Set<ObjectIdentifier>, with new: [EvaluatedFinding]) {
        if gone.isEmpty, new.isEmpty { return }
        let come = new.sorted(by: EvaluatedFinding.precedes)
        var merged: [EvaluatedFinding] = []
        merged.reserveCapacity(findings.count + come.count)
        var next = 0
        for finding in findings where gone.isEmpty || !gone.contains(ObjectIdentifier(finding)) {
            while next < come.count, EvaluatedFinding.precedes(come[next], finding) {
                merged.append(come[next])
                next += 1
            }
            merged.append(finding)
        }
        merged += come[next...]
        findings = merged
    }

    // MARK: The state

    /// - Parameter practice: nil: it is evaluated here.
    func state(_ inputs: EvaluationInputs, practice: PracticeStep.Outcome? = nil) -> EvaluatedState {
        var state = StateDescription(inputs, self).state()
        state.findings = findings
        state.silenced = parts.values.flatMap(\.silenced).sorted(by: EvaluatedFinding.precedes)
        state.resolved = parts.values.flatMap(\.resolved).sorted(by: EvaluatedFinding.precedes)
        state.expiredOverrides = inputs.expired
        state.outcomes = outcomes.filter { $0.value != OutcomeCount() }
        addGaps(inputs, to: &state)
        addSilentEvents(inputs, to: &state)
        let practice = practice ?? PracticeStep(inputs).outcome()
        state.add(practice.result, gaps: practice.gaps)
        state.notes += practice.notes
        return state
    }

    private func addGaps(_ inputs: EvaluationInputs, to state: inout EvaluatedState) {
        var gaps = Set(parts.values.flatMap(\.gaps))
        for gap in inputs.gaps {
            gaps.insert(ObservationGap(gap, node: ""))
            state.outcomes[gap.check, default: OutcomeCount()].unobserved += 1
        }
        for gap in EventReach.gaps(inputs, since: state.eventsSince) {
            gaps.insert(gap)
            state.outcomes[gap.check, default: OutcomeCount()].unobserved += 1
        }
        gaps.formUnion(OutcomeStep.gapsWithoutAgent(inputs))
        state.gaps = gaps.sorted {
            ($0.check, $0.node, $0.scope, $0.source, $0.reason.rawValue, $0.detail)
                < ($1.check, $1.node, $1.scope, $1.source, $1.reason.rawValue, $1.detail)
        }
    }

    /// Checks that judge events only are healthy where there is none.
    private func addSilentEvents(_ inputs: EvaluationInputs, to state: inout EvaluatedState) {
        guard inputs.index?.isRead(.events) == true else { return }
        for check in CheckList.eventsOnly where inputs.settings.isEnabled(check) {
            if state.outcomes[check]?.finding ?? 0 == 0 { state.outcomes[check, default: OutcomeCount()].healthy += 1 }
        }
    }
}

extension OutcomeCount {
    mutating func add(_ other: OutcomeCount) {
        finding += other.finding
        healthy += other.healthy
        unobserved += other.unobserved
    }

    mutating func subtract(_ other: OutcomeCount) {
        finding -= other.finding
        healthy -= other.healthy
        unobserved -= other.unobserved
    }
}
