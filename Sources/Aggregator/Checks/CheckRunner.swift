package import CheckModel
package import ClusterIndex
import Findings
package import KubernetesAPI
import Platform

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
        for check in checks where check.scopes.contains(view.scope.kind) && view.settings.isEnabled(check.id) {
            guard let entry = Catalogue.builtIn[check.id] else { continue }
            withoutActuallyEscaping(onFinding) { onFinding in
                var out = CheckOutput(entry, now: view.clock) { finding in
                    if view.settings.isEnabled(finding.check) { onFinding(adjusted(finding)) }
                }
                check.evaluate(view, &out)
                result.gaps += out.gaps
                if out.healthy > 0 { result.healthy[check.id, default: 0] += out.healthy }
            }
        }
        return result
    }

    /// What is true of each enabled check in the whole cluster: what it needs and was not read, that there are no
    /// agents, and that events speak to no check.
    package static func gaps(
        _ index: ClusterIndex, hasAgents: Bool, settings: CheckSettings, checks: [any ClusterCheck],
        claims: EventClaims = .shared
    ) -> [CheckGap] {
        var gaps: [CheckGap] = []
        for check in checks where settings.isEnabled(check.id) {
            guard let entry = Catalogue.builtIn[check.id] else { continue }
            gaps += missing(check.needs, index, check.id)
            // A kind that was not asked for, as nobody wants it, is missed by nobody.
            for kind in check.alsoReads where index.states[kind] != nil {
                gaps += missing([kind], index, check.id).map { gap in
                    var gap = gap
                    if let without = entry.without[kind.rawValue] { gap.detail += "; \(without.en)" }
                    return gap
                }
            }
            if check is any EventCheck, let problem = claims.problem {
                gaps.append(
                    CheckGap(
                        check: check.id, scope: "cluster", reason: .malformed,
                        detail: "texts of events were not matched: \(problem)"))
            }
            if entry.usesAgents, !hasAgents {
                gaps.append(CheckGap(check: check.id, scope: "cluster", reason: .noAgent, detail: noAgents))
            }
        }
        return gaps
    }

    /// Kinds that were not read, or not whole.
    package static func missing(_ needs: [ClusterKind], _ index: ClusterIndex, _ check: String) -> [CheckGap] {
        needs.compactMap { kind in
            guard let state = index.states[kind] else {
                // Nothing of this kind was asked for: there is no cluster, or it has no such endpoint.
                return CheckGap(
                    check: check, scope: "cluster", reason: .notExposed, detail: "\(kind.rawValue) was not read")
            }
            if let problem = state.problem {
                return CheckGap(
                    check: check, scope: "cluster", reason: problem.unobservedReason, detail: problem.brief)
            }
            guard state.isNarrowed else { return nil }
            return CheckGap(
                check: check, scope: "other namespaces", reason: .forbidden,
                detail: "\(kind.rawValue) may be listed in one namespace only")
        }
    }

    private func adjusted(_ finding: CheckFinding) -> CheckFinding {
        guard let severity = view.settings.severities[finding.check] else { return finding }
        var finding = finding
        finding.severity = severity
        return finding
    }
}
