import Findings
import Platform

/// Writes rules as a `ke/v1` file, in the order of the documentation.
package enum RuleWriter {
    /// One document per selector.
    package static func file(_ rules: [LogRule], comment: [String] = []) -> String {
        var selectors: [SourceSelector] = []
        for rule in rules where !selectors.contains(rule.selector) { selectors.append(rule.selector) }
        let documents = selectors.map { selector in
            "apiVersion: ke/v1\nkind: LogRules\nsource: \(LogSourceKind.write(selector))\nrules:\n"
                + rules.filter { $0.selector == selector }.map(rule).joined(separator: "\n")
        }
        return comment.map { "# \($0)\n" }.joined() + documents.joined(separator: "---\n")
    }

    /// One item of `rules:`.
    package static func rule(_ rule: LogRule) -> String {
        var lines = ["  - id: \(word(rule.id))"]
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append("    \(name): \(value)") }
        }
        if rule.check != rule.reason { add("check", word(rule.check)) }
        add("reason", word(rule.reason))
        add("severity", rule.severity.rawValue)
        add("pattern", quoted(rule.pattern))
        texts("where", rule.tests.map(\.source))
        if !rule.with.isEmpty {
            lines.append("    with:")
            lines += rule.with.map { "      - \(quoted($0))" }
            add("within", GoDuration.text(rule.withinSeconds))
        }
        if rule.target == .pod { add("object", "pod") }
        add("subject", (rule.subject?.source).map(quoted))
        add("message", (rule.message?.source).map(quoted))
        if let once = rule.once {
            add("once", "{ by: \(list(once.by)), within: \(GoDuration.text(once.withinSeconds)) }")
        }
        if let cycle = rule.cycle {
            add("cycle", "{ from: \(cycle.from), to: \(cycle.to), within: \(GoDuration.text(cycle.withinSeconds)) }")
        }
        if let threshold = rule.threshold {
            let severity = threshold.severity.map { ", severity: \($0.rawValue)" } ?? ""
            let reverts = threshold.reverts.map { ", reverts: \(quoted($0))" } ?? ""
            add(
                "threshold",
                "{ count: \(threshold.count), within: \(GoDuration.text(threshold.withinSeconds))\(severity)\(reverts) }"
            )
        }
        add("afterBoot", rule.afterBootSeconds.map { GoDuration.text($0) })
        add("condition", rule.condition.map(condition))
        if !rule.also.isEmpty { add("also", list(rule.also)) }
        if rule.continues { add("continue", "true") }
        texts("variants", rule.variants)
        wording("why", rule.why)
        wording("remedy", rule.remedy)
        texts("commands", rule.commands.map(\.text))
        if !rule.matchSamples.isEmpty || !rule.ignoreSamples.isEmpty {
            lines.append("    samples:")
            for (name, samples) in [("match", rule.matchSamples), ("ignore", rule.ignoreSamples)]
            where !samples.isEmpty {
                lines.append("      \(name):")
                lines += samples.map { "        - \(quoted($0))" }
            }
        }
        func texts(_ name: String, _ all: [String]) {
            if all.isEmpty { return }
            lines.append("    \(name):")
            lines += all.map { "      - \(quoted($0))" }
        }
        func wording(_ name: String, _ text: Wording) {
            if text.zh.isEmpty {
                add(name, text.en.isEmpty ? nil : toWrite(text.en, "      ") ?? quoted(text.en))
            } else {
                lines += ["    \(name):"]
                for (language, text) in [("en", text.en), ("zh", text.zh)] {
                    lines.append("      \(language): \(toWrite(text, "        ") ?? quoted(text))")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func condition(_ condition: LogRule.Condition) -> String {
        var fields = ["type: \(word(condition.type))"]
        if condition.check != condition.type { fields.append("check: \(word(condition.check))") }
        if let severity = condition.severity { fields.append("severity: \(severity.rawValue)") }
        if let clears = condition.clears { fields.append("clears: \(quoted(clears))") }
        if let seconds = condition.clearsAfterSeconds { fields.append("clearsAfter: \(GoDuration.text(seconds))") }
        if let probe = condition.probe { fields.append("probe: \(word(probe))") }
        return "{ \(fields.joined(separator: ", ")) }"
    }

    static func list(_ texts: [String]) -> String { "[\(texts.map(word).joined(separator: ", "))]" }

    /// A text that somebody is to replace, as a block in which quotes, colons and number signs mean nothing; nil: it is
    /// written.
    private static func toWrite(_ text: String, _ indent: String) -> String? {
        text.hasPrefix(Wording.unwritten) ? ">-\n\(indent)\(text)" : nil
    }

    /// A plain scalar where it can be one.
    static func word(_ text: String) -> String {
        let isPlain =
            text.first?.isLetter == true
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-/@".contains($0)) }
            && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text.lowercased())
        return isPlain ? text : quoted(text)
    }

    /// A single-quoted scalar; double-quoted where something in it asks for escapes.
    static func quoted(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy(isKept) { return "'" + text.replacing("'", with: "''") + "'" }
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case _ where isKept(scalar): out.unicodeScalars.append(scalar)
            default: out += hexadecimal(scalar.value)
            }
        }
        return out + "\""
    }

    /// What a single-quoted scalar keeps as it is: printable, and no line break, which would be folded
    /// (yaml.org/spec/1.1, §5.1 and §5.4).
    private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16), width = value > 0xFFFF ? 8 : 4
        return (width == 8 ? "\\U" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
    }
}
