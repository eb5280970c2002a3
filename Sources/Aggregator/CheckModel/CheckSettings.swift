package import Findings

/// Which checks run, how bad their findings are, and from where on: defaults, a configuration file, flags, overrides.
package struct CheckSettings: Sendable {
    /// nil: all.
    package var only: Set<String>?
    package var skip: Set<String> = []
    package var severities: [String: Severity] = [:]
    package var thresholds: [String: [String: Double]] = [:]
    package var overrides = OverrideSet()
    /// TLS secrets are read.
    package var readsSecrets = false
    /// Checks that run only when they are named: best practice that a file switched off, or that is offered.
    package var off: Set<String> = []

    package init() {}

    package func isEnabled(_ id: String) -> Bool {
        (only?.contains(id) ?? !off.contains(id)) && !skip.contains(id)
    }

    package func threshold(_ check: String, _ name: String, for target: OverrideTarget) -> Double {
        if let own = overrides.threshold(check, name, for: target) { return own }
        return thresholds[check]?[name] ?? Catalogue.builtIn[check]?.limits.first { $0.name == name }?.value ?? 0
    }

    /// The limits of gauges and probes that a configuration sets for all nodes.
    package var agentThresholds: [String: Double] {
        var values: [String: Double] = [:]
        for entry in Catalogue.builtIn.entries {
            for limit in entry.limits where limit.isOfAgents {
                if let value = thresholds[entry.id]?[limit.name] { values[limit.name] = value }
            }
        }
        return values
    }
}
