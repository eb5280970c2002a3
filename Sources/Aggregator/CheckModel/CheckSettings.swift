import Shared

/// Which checks run, how bad their findings are, and from where on: defaults, a configuration file, flags, overrides.
struct CheckSettings: Sendable {
    /// nil: all.
    var only: Set<String>?
    var skip: Set<String> = []
    var severities: [String: Severity] = [:]
    var thresholds: [String: [String: Double]] = [:]
    var overrides = OverrideSet()
    /// TLS secrets are read.
    var readsSecrets = false
    /// Checks that run only when they are named: best practice that a file switched off, or that is offered.
    var off: Set<String> = []

    init() {}

    func isEnabled(_ id: String) -> Bool {
        (only?.contains(id) ?? !off.contains(id)) && !skip.contains(id)
    }

    func threshold(_ check: String, _ name: String, for target: OverrideTarget) -> Double {
        if let own = overrides.threshold(check, name, for: target) { return own }
        return thresholds[check]?[name] ?? Catalogue.builtIn[check]?.limits.first { $0.name == name }?.value ?? 0
    }

    /// The limits of gauges and probes that a configuration sets for all nodes.
    var agentThresholds: [String: Double] {
        var values: [String: Double] = [:]
        for entry in Catalogue.builtIn.entries {
            for limit in entry.limits where limit.isOfAgents {
                if let value = thresholds[entry.id]?[limit.name] { values[limit.name] = value }
            }
        }
        return values
    }
}
