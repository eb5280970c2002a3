import CheckModel
import Findings
package import Platform

extension EvaluatedState {
    /// For a reader of one namespace: what belongs to none (a node, a volume) may quote the logs of any, so of that
    /// only what the check itself says is left.
    package func limited(to namespace: String, _ language: Language) -> EvaluatedState {
        var state = self
        state.findings = findings.map { $0.limited(language) }
        state.resolved = resolved.map { $0.limited(language) }
        state.silenced = silenced.map { $0.limited(language) }
        state.gaps = gaps.map { gap in
            var gap = gap
            gap.detail = ""
            return gap
        }
        // An override of several namespaces names objects of the others.
        state.expiredOverrides = expiredOverrides.filter { $0.namespaces == [namespace] }
        return state
    }
}

extension EvaluatedFinding {
    fileprivate func limited(_ language: Language) -> EvaluatedFinding {
        guard detection.object.namespace.isEmpty else { return self }
        return withoutTexts(title: Catalogue.builtIn[detection.check]?.title(language) ?? detection.check)
    }
}
