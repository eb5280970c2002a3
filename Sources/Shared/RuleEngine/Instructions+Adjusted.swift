package import Wire

extension Instructions {
    /// What the adjustments make of a rule; nil: it does not run.
    package func adjusted(_ rule: LogRule) -> LogRule? {
        var rule = rule
        for adjustment in adjustments where adjustment.rules.contains(where: { Self.matches($0, rule.id) }) {
            if adjustment.isDisabled { return nil }
            if let severity = adjustment.severity {
                rule.severity = severity
                rule.condition?.severity = nil
                rule.threshold?.severity = nil
            }
            if let within = adjustment.thresholdWithinSeconds { rule.threshold?.withinSeconds = within }
            if let count = adjustment.thresholdCount, count > 1 {
                let within = adjustment.thresholdWithinSeconds ?? rule.threshold?.withinSeconds ?? 600
                rule.threshold = LogRule.Threshold(
                    count: count, withinSeconds: within, severity: rule.threshold?.severity,
                    reverts: rule.threshold?.reverts)
            } else if adjustment.thresholdCount == 1 {
                rule.threshold = nil
            }
            // An age of its own ends a condition beside what ended it before.
            if let seconds = adjustment.clearsAfterSeconds { rule.condition?.clearsAfterSeconds = seconds }
        }
        return rule
    }

    /// `*` stands for anything.
    private static func matches(_ pattern: String, _ id: String) -> Bool {
        guard pattern.contains("*") else { return pattern == id }
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        var rest = Substring(id)
        guard rest.hasPrefix(parts[0]) else { return false }
        rest = rest.dropFirst(parts[0].count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(parts[parts.count - 1])
    }
}
