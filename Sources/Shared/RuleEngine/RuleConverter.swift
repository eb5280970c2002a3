/// Turns node-problem-detector's log rules into `ke/v1` rules that find the same, where that can be said.
package enum RuleConverter {
    /// - Returns: the rules, and what could not be carried over.
    package static func convert(_ file: RuleFile) -> (rules: [LogRule], notes: [String]) {
        var notes: [String] = []
        var defaults: [String: ConditionDefault] = [:]
        for monitor in file.monitors {
            for condition in monitor.conditions { defaults[condition.type] = condition }
            if monitor.lookbackSeconds > 0 || monitor.delaySeconds > 0 {
                notes.append(
                    "lookback and delay are not rules: the first start reads the last hour of this boot, later starts resume where the last one stopped"
                )
            }
        }
        let rules = file.rules.map { old in
            var rule = old
            rule.semantics = .line
            rule.id = identifier(old)
            // The original's pattern must reach the end of the newest record, and each rule sees every record.
            rule.pattern = isAnchored(old.pattern) ? old.pattern : "(?:\(old.pattern))\\z"
            rule.continues = true
            if case .window(let size, _) = old.semantics, size > 1, !NewlineReach.staysInsideRecord(old.pattern) {
                notes.append(
                    "\(rule.id): the pattern may span several records, which ke/v1 expresses with `with:`; check it")
            }
            if !old.suffix.isEmpty { rule.message = try? MessageTemplate("{line}; " + escaped(old.suffix)) }
            rule.suffix = ""
            rule.isPermanent = false
            if let condition = old.condition {
                rule.condition = LogRule.Condition(
                    type: condition.type, check: old.reason, clears: nil, clearsAfterSeconds: nil, probe: nil)
                notes.append(
                    "\(rule.id): condition \(condition.type) lasts until the node reboots; add `clears:` or `clearsAfter:`"
                )
            } else if old.isPermanent {
                notes.append(
                    "\(rule.id): its condition is not declared, so it has no effect in node-problem-detector; here it becomes an event"
                )
            }
            rule.remedy = .unwritten("what to do.")
            return rule
        }
        return (rules, notes)
    }

    private static func identifier(_ rule: LogRule) -> String {
        var out = ""
        let letters = Array(rule.reason)
        for (index, letter) in letters.enumerated() {
            // Before a word that begins: `OOMKilling` is oom-killing.
            let startsWord =
                letter.isUppercase && index > 0
                && (!letters[index - 1].isUppercase || index + 1 < letters.count && letters[index + 1].isLowercase)
            if startsWord { out.append("-") }
            out.append(contentsOf: letter.isLetter || letter.isNumber ? letter.lowercased() : "-")
        }
        let number = rule.id.split(separator: "#").last ?? ""
        return (out.isEmpty ? "rule" : out) + "-" + number
    }

    private static func isAnchored(_ pattern: String) -> Bool { pattern.hasSuffix(".*") || pattern.hasSuffix("\\z") }

    private static func escaped(_ text: String) -> String {
        text.replacing("{", with: "{{").replacing("}", with: "}}").replacing("[[", with: "[ [").replacing(
            "]]", with: "] ]")
    }
}
