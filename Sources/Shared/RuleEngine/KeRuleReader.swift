import Documents
import Findings
import Platform
import Regex
import YAML

/// Reads `ke/v1` rule files (docs/rules.md): one or more YAML documents of kind `LogRules`.
enum KeRuleReader {
    static let withinSecondsDefault = 10.0
    /// `with` windows and thresholds may not reach further back: a restart reads that far again.
    static let withinSecondsMax = 86_400.0

    static func read(_ text: [UInt8], into file: inout RuleFile) {
        let documents: [Node]
        do throws(DocumentProblem) {
            documents = try YAMLReader.readAll(text, file: file.name)
        } catch {
            file.problems.append(error)
            return
        }
        if documents.isEmpty {
            file.problems.append(
                DocumentProblem(
                    file: file.name,
                    message: "the file is empty; a rule file starts with `apiVersion: ke/v1` and `kind: LogRules`"))
        }
        for document in documents { readDocument(document, &file) }
    }

    private static func readDocument(_ node: Node, _ file: inout RuleFile) {
        var reader = FieldReader(node, file: file.name, path: "")
        defer { file.problems += reader.problems }
        guard node.pairs != nil else { return }
        if let version = reader.requiredText("apiVersion", example: "ke/v1"), version != "ke/v1" {
            reader.report(
                reader.node("apiVersion")?.mark ?? node.mark, "apiVersion",
                "'\(version)' is not a valid apiVersion; use `ke/v1`")
            return
        }
        if let kind = reader.requiredText("kind", example: "LogRules"), kind != "LogRules" {
            reader.report(
                reader.node("kind")?.mark ?? node.mark, "kind", "'\(kind)' is not a valid kind; use `LogRules`")
            return
        }
        _ = reader.node("metadata")
        let selector = LogSourceKind.read(&reader)
        if let rules = reader.node("rules") {
            if let items = rules.items {
                for (index, item) in items.enumerated() {
                    readRule(item, index, selector ?? .kernel, &file, keep: selector != nil)
                }
            } else {
                reader.report(rules.mark, "rules", "a list is expected, this is \(rules.kindName)")
            }
        } else {
            reader.report(node.mark, "rules", "is missing; a file has at least one rule")
        }
        reader.finish()
    }

    private static func readRule(
        _ node: Node, _ index: Int, _ selector: SourceSelector, _ file: inout RuleFile, keep: Bool
    ) {
        var reader = FieldReader(node, file: file.name, path: "rules[\(index)]")
        defer { file.problems += reader.problems }
        guard node.pairs != nil else { return }
        let enabled = reader.flag("enabled") ?? true
        guard let id = reader.requiredText("id", example: "oom-kill-container") else { return }
        reader = FieldReader(node, file: file.name, path: "rules[\(index)] (\(id))")
        _ = (reader.node("id"), reader.node("enabled"))
        let reason = reader.requiredText("reason", example: "OOMKilling") ?? ""
        if reason.contains(where: \.isWhitespace) {
            let word = reason.split(whereSeparator: \.isWhitespace).joined()
            reader.report(
                reader.node("reason")?.mark ?? node.mark, "reason",
                "'\(reason)' is not a valid reason: one word is expected, such as \(word)")
        }
        if reader.node("pattern") == nil {
            _ = reader.requiredText("pattern", example: "'Out of memory: Killed process (?P<pid>\\d+)'")
        }
        let pattern = reader.pattern("pattern") ?? ""
        var rule = LogRule(
            id: id, check: reader.text("check") ?? reason, reason: reason,
            severity: reader.choice("severity", Severity.self) ?? .warning, selector: selector, semantics: .line,
            pattern: pattern, origin: "\(file.name):\(node.mark)")
        rule.tests = tests(&reader)
        rule.with = reader.texts("with")
        rule.withinSeconds = reader.duration("within") ?? withinSecondsDefault
        rule.message = reader.template("message")
        rule.subject = reader.template("subject")
        rule.target = reader.choice("object", LogRule.Target.self) ?? .node
        rule.also = reader.texts("also")
        rule.continues = reader.flag("continue") ?? false
        rule.afterBootSeconds = span("afterBoot", &reader)
        rule.variants = reader.texts("variants")
        rule.why = wording("why", &reader)
        rule.remedy = wording("remedy", &reader)
        rule.commands = CommandTemplate.read("commands", &reader)
        rule.condition = condition(&reader)
        rule.threshold = threshold(&reader)
        rule.once = once(&reader)
        rule.cycle = cycle(&reader)
        samples(&reader, &rule)
        reader.finish()
        checkNames(rule, node, &reader)
        if !file.ids.insert(id).inserted {
            reader.report(node.mark, "id", "'\(id)' is used by an earlier rule; ids are unique")
        }
        let broken = reader.problems.contains { $0.level == .error }
        if enabled && keep && !broken { file.rules.append(rule) }
    }

    private static func tests(_ reader: inout FieldReader) -> [CaptureTest] {
        let texts = reader.texts("where")
        let mark = reader.node("where")?.mark ?? reader.node.mark
        if texts.count > CaptureTest.countMax {
            reader.report(mark, "where", "at most \(CaptureTest.countMax) tests are allowed, this has \(texts.count)")
            return []
        }
        return texts.compactMap { text in
            do throws(CaptureTest.Problem) { return try CaptureTest(text) } catch {
                reader.report(mark, "where", error.message)
                return nil
            }
        }
    }

    private static func wording(_ name: String, _ reader: inout FieldReader) -> Wording {
        guard let node = reader.node(name) else { return Wording() }
        if let text = node.string { return Wording(en: text) }
        var inner = FieldReader(node, file: reader.file, path: reader.path + "." + name)
        let wording = Wording(en: inner.text("en") ?? "", zh: inner.text("zh") ?? "")
        inner.finish()
        reader.adopt(inner.problems)
        return wording
    }

    private static func condition(_ reader: inout FieldReader) -> LogRule.Condition? {
        guard let node = reader.node("condition") else { return nil }
        var inner = FieldReader(node, file: reader.file, path: reader.path + ".condition")
        defer { reader.adopt(inner.problems) }
        guard let type = inner.requiredText("type", example: "KernelDeadlock") else { return nil }
        let condition = LogRule.Condition(
            type: type, check: inner.text("check") ?? type, clears: inner.pattern("clears"),
            clearsAfterSeconds: inner.duration("clearsAfter"), probe: inner.text("probe"),
            severity: inner.choice("severity", Severity.self))
        inner.finish()
        return condition
    }

    private static func threshold(_ reader: inout FieldReader) -> LogRule.Threshold? {
        guard let node = reader.node("threshold") else { return nil }
        var inner = FieldReader(node, file: reader.file, path: reader.path + ".threshold")
        defer { reader.adopt(inner.problems) }
        let count = inner.positiveInteger("count", max: 1000)
        let within = span("within", &inner)
        let severity = inner.choice("severity", Severity.self)
        let reverts = inner.pattern("reverts")
        inner.finish()
        if inner.node("count") == nil || inner.node("within") == nil {
            inner.report(
                node.mark, "", "count and within are both needed; for example `threshold: { count: 3, within: 10m }`")
        }
        guard let count, let within else { return nil }
        return LogRule.Threshold(count: count, withinSeconds: within, severity: severity, reverts: reverts)
    }

    private static func once(_ reader: inout FieldReader) -> LogRule.Once? {
        guard let node = reader.node("once") else { return nil }
        var inner = FieldReader(node, file: reader.file, path: reader.path + ".once")
        defer { reader.adopt(inner.problems) }
        let once = LogRule.Once(by: inner.texts("by"), withinSeconds: span("within", &inner) ?? 60)
        inner.finish()
        if once.by.isEmpty {
            inner.report(node.mark, "by", "is missing; for example `once: { by: [pid], within: 60s }`")
        }
        return once
    }

    private static func cycle(_ reader: inout FieldReader) -> LogRule.Cycle? {
        guard let node = reader.node("cycle") else { return nil }
        var inner = FieldReader(node, file: reader.file, path: reader.path + ".cycle")
        defer { reader.adopt(inner.problems) }
        let from = inner.requiredText("from", example: "waiter")
        let to = inner.requiredText("to", example: "owner")
        let within = span("within", &inner) ?? 600
        inner.finish()
        guard let from, let to else { return nil }
        return LogRule.Cycle(from: from, to: to, withinSeconds: within)
    }

    private static func span(_ name: String, _ reader: inout FieldReader) -> Double? {
        guard let seconds = reader.duration(name) else { return nil }
        if seconds <= withinSecondsMax { return seconds }
        reader.report(reader.node(name)?.mark ?? reader.node.mark, name, "at most 24h")
        return nil
    }

    private static func samples(_ reader: inout FieldReader, _ rule: inout LogRule) {
        guard let node = reader.node("samples") else { return }
        var inner = FieldReader(node, file: reader.file, path: reader.path + ".samples")
        rule.matchSamples = inner.texts("match")
        rule.ignoreSamples = inner.texts("ignore")
        inner.finish()
        reader.adopt(inner.problems)
    }

    /// `where` judges the line itself, so its captures must be the pattern's own.
    private static func checkTests(_ rule: LogRule, _ node: Node, _ reader: inout FieldReader) {
        guard !rule.tests.isEmpty, let regex = reader.checkPattern(rule.pattern, node.mark, "pattern") else { return }
        let own = Set(regex.groupNames.compactMap(\.self))
        for name in Set(rule.tests.flatMap(\.names)).subtracting(own).sorted() {
            let known = own.isEmpty ? "it captures nothing" : "captured are \(own.sorted().joined(separator: ", "))"
            reader.report(
                reader.node("where")?.mark ?? node.mark, "where",
                "the pattern does not capture '\(name)'; \(known). Write (?P<\(name)>…)")
        }
    }

    /// Every capture that a message, a subject, `once` or `cycle` names must exist.
    private static func checkNames(_ rule: LogRule, _ node: Node, _ reader: inout FieldReader) {
        var names: Set<String> = []
        for pattern in [rule.pattern] + rule.with {
            if let regex = reader.checkPattern(pattern, reader.node("with")?.mark ?? node.mark, "with") {
                names.formUnion(regex.groupNames.compactMap(\.self))
            }
        }
        checkTests(rule, node, &reader)
        // Made from the captures: the pod of a cgroup, the path of a cycle.
        var derived: Set<String> = names.contains("cgroup") ? ["pod"] : []
        if rule.cycle != nil { derived.insert("cycle") }
        let used: [(String, Set<String>)] = [
            ("message", rule.message?.names ?? []), ("subject", rule.subject?.names ?? []),
            ("once", Set(rule.once?.by ?? [])), ("cycle", Set([rule.cycle?.from, rule.cycle?.to].compactMap(\.self))),
        ]
        for (field, wanted) in used {
            for name in wanted.subtracting(names).subtracting(derived).sorted() {
                let known =
                    names.isEmpty
                    ? "the pattern captures nothing; write (?P<\(name)>…)"
                    : "captured are \(names.sorted().joined(separator: ", "))"
                reader.report(reader.node(field)?.mark ?? node.mark, field, "{\(name)} is not captured; \(known)")
            }
        }
    }
}
