import Shared

/// Runs the enabled checks over a view. Pure: the same view gives the same result.
struct CheckRunner {
    struct Result {
        var gaps: [CheckGap] = []
        /// Objects that each check judged good.
        var healthy: [String: Int] = [:]
    }

    static let noAgents = "no aggregator: nodes were not looked into"

    let view: ClusterView
    var checks: [any ClusterCheck] = CheckList.all

    /// What the enabled checks read.
    static func kinds(_ settings: CheckSettings, checks: [any ClusterCheck] = CheckList.all) -> Set<ClusterKind> {
        var kinds: Set<ClusterKind> = []
        for description in checks.map(\.description) where settings.isEnabled(description.id) {
            kinds.formUnion(description.needs)
            kinds.formUnion(description.alsoReads)
        }
        if !settings.readsSecrets { kinds.remove(.secrets) }
        for place in settings.workloads.enabled(only: settings.only, skip: settings.skip) {
            let description = settings.workloads.descriptions[place]
            kinds.formUnion(description.needs + description.alsoReads)
        }
        return kinds
    }

    /// - Parameter onFinding: each finding, in the order of the checks; none is kept here.
    func run(onFinding: (CheckFinding) -> Void) -> Result {
        var result = Result()
        for check in checks where view.settings.isEnabled(check.description.id) {
            let description = check.description
            withoutActuallyEscaping(onFinding) { onFinding in
                var out = CheckOutput(description, now: view.clock) { finding in
                    if view.settings.isEnabled(finding.check) { onFinding(adjusted(finding)) }
                }
                noteMissing(description, &out)
                check.evaluate(view, &out)
                if description.usesAgents, !view.agents.isPresent { out.unobserved(.noAgent, Self.noAgents) }
                result.gaps += out.gaps
                result.healthy[description.id, default: 0] += out.healthy
            }
        }
        return result
    }

    private func noteMissing(_ description: CheckDescription, _ out: inout CheckOutput) {
        Self.noteMissing(description, view.index, &out)
    }

    static func noteMissing(_ description: CheckDescription, _ index: ClusterIndex, _ out: inout CheckOutput) {
        for kind in description.needs {
            guard let state = index.states[kind] else {
                // Nothing of this kind was asked for: there is no cluster, or it has no such endpoint.
                out.unobserved(.notExposed, "\(kind.rawValue) was not read")
                continue
            }
            if let problem = state.problem {
                out.unobserved(problem.unobservedReason, problem.brief)
            } else if state.isNarrowed {
                out.unobserved(
                    .forbidden, scope: "other namespaces", "\(kind.rawValue) may be listed in one namespace only")
            }
        }
    }

    private func adjusted(_ finding: CheckFinding) -> CheckFinding {
        guard let severity = view.settings.severities[finding.check] else { return finding }
        var finding = finding
        finding.severity = severity
        return finding
    }
}
