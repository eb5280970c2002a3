package import CheckModel
package import ClusterIndex
import Findings
package import KubernetesAPI

/// Runs the enabled checks over a view. Pure: the same view gives the same result.
package struct CheckRunner {
    package struct Result {
        package var gaps: [CheckGap] = []
        /// Objects that each check judged good.
        package var healthy: [String: Int] = [:]
    }

    static let noAgents = "no aggregator: no data from inside the nodes"

    package let view: ClusterView
    package var checks: [any ClusterCheck] = CheckList.all

    package init(view: ClusterView, checks: [any ClusterCheck] = CheckList.all) {
        self.view = view
        self.checks = checks
    }

    /// What the enabled checks read.
    package static func kinds(_ settings: CheckSettings, checks: [any ClusterCheck] = CheckList.all) -> Set<ClusterKind>
    {
        var kinds: Set<ClusterKind> = []
        for check in checks where settings.isEnabled(check.id) {
            kinds.formUnion(check.needs)
            kinds.formUnion(check.alsoReads)
        }
        if !settings.readsSecrets { kinds.remove(.secrets) }
        return kinds
    }

    /// - Parameter onFinding: each finding, in the order of the checks; none is kept here.
    package func run(onFinding: (CheckFinding) -> Void) -> Result {
        var result = Result()
        for check in checks where view.settings.isEnabled(check.id) {
            guard let entry = Catalogue.builtIn[check.id] else { continue }
            withoutActuallyEscaping(onFinding) { onFinding in
                var out = CheckOutput(entry, now: view.clock) { finding in
                    if view.settings.isEnabled(finding.check) { onFinding(adjusted(finding)) }
                }
                Self.noteMissing(check.needs, view.index, &out)
                check.evaluate(view, &out)
                if entry.usesAgents, !view.agents.isPresent { out.unobserved(.noAgent, Self.noAgents) }
                result.gaps += out.gaps
                result.healthy[check.id, default: 0] += out.healthy
            }
        }
        return result
    }

    package static func noteMissing(_ needs: [ClusterKind], _ index: ClusterIndex, _ out: inout CheckOutput) {
        for kind in needs {
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
