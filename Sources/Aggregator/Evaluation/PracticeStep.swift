package import CheckModel
import Checks
import ClusterIndex
import Documents
import Findings
import KubernetesAPI
import Platform
package import Practice

/// Adds best-practice findings, their outcomes, and which of these checks were not observed.
struct PracticeStep {
    /// Problems of users' files that the header names.
    private static let problemsMax = 20

    private let inputs: EvaluationInputs

    init(_ inputs: EvaluationInputs) { self.inputs = inputs }

    /// What best practice adds to a state.
    struct Outcome {
        var result = PracticeEvaluator.Result()
        var gaps: [CheckGap] = []
        var notes: [String] = []
    }

    func outcome() -> Outcome {
        guard let index = inputs.index else { return Outcome() }
        let set = inputs.settings.workloads
        let unread = Set(set.checks.flatMap(\.namedKinds).filter { isUnread($0, index) })
        var evaluator = PracticeEvaluator(
            table: inputs.audit, set: set, settings: inputs.settings.checks, now: inputs.now,
            observed: index.states.mapValues(\.date), unread: unread)
        let problems = inputs.audit.problems
        evaluator.isComplete = { kind, namespace in
            kind.clusterKind.map { index.isComplete($0, in: namespace) } ?? (problems[kind] == nil)
        }
        let result = evaluator.evaluate()
        return Outcome(
            result: result, gaps: result.gaps + set.checks.indices.flatMap { gaps(of: $0, index) },
            notes: set.problems.prefix(Self.problemsMax).map(\.description))
    }

    /// It is served, and not all of its objects were read.
    private func isUnread(_ kind: GroupKind, _ index: ClusterIndex) -> Bool {
        if let own = kind.clusterKind {
            guard let state = index.states[own] else { return false }
            return state.isNarrowed || state.problem.map { $0.kind != .notFound } ?? false
        }
        if let problem = inputs.audit.problems[kind] { return problem.kind != .notFound }
        // The aggregator watches none of these kinds; that its group is served says that there may be some.
        return !inputs.audit.reads(kind)
            && index.apiservices.records.contains {
                $0.name.drop { $0 != "." }.dropFirst().elementsEqual(kind.group ?? "")
            }
    }

    /// Why a check was not observed in the whole cluster.
    private func gaps(of place: Int, _ index: ClusterIndex) -> [CheckGap] {
        let check = inputs.settings.workloads.checks[place]
        let description = inputs.settings.workloads.descriptions[place]
        guard inputs.settings.isEnabled(description.id) else { return [] }
        var out = CheckOutput(description.entry, now: inputs.now)
        if check.needsRegistries {
            out.unobserved(.notConfigured, "no allowedRegistries in a configuration")
        } else if let applied = inputs.audit.applied, !applied.contains(place) {
            out.unobserved(
                .notConfigured, "the aggregator does not run it; --profile strict reads the API directly")
        } else {
            for gap in CheckRunner.missing(description.needs, index, description.id) {
                out.unobserved(gap.reason, scope: gap.scope, gap.detail)
            }
            for kind in check.namedKinds {
                let isOptional = check.optionalKinds.contains(kind)
                if let problem = inputs.audit.problems[kind] {
                    if isOptional, problem.kind == .notFound { continue }
                    out.unobserved(problem.unobservedReason, problem.brief)
                } else if isOptional, isUnread(kind, index) {
                    out.unobserved(.notConfigured, "\(kind) is served and was not read")
                }
            }
        }
        return out.gaps
    }
}

extension EvaluatedState {
    /// Takes in what the best-practice audit found, of a cluster or of files.
    package mutating func add(_ result: PracticeEvaluator.Result, gaps more: [CheckGap]) {
        practice = result.state
        for (check, count) in result.outcomes {
            outcomes[check, default: OutcomeCount()].finding += count.finding
            outcomes[check, default: OutcomeCount()].healthy += count.healthy
        }
        for gap in more {
            outcomes[gap.check, default: OutcomeCount()].unobserved += 1
            gaps.append(ObservationGap(gap, node: ""))
        }
    }
}
