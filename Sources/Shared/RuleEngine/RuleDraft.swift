import Findings
package import Platform
import Regex

/// Proposes a rule for a line: its source, and a pattern in which what varies is generalised and named.
package struct RuleDraft {
    package var rule: LogRule
    /// What the author should know, for example that a rule finds this line already.
    package var notes: [String] = []

    /// Why no rule can be proposed.
    package struct Problem: Error, CustomStringConvertible { package let description: String }

    /// Parts that differ from line to line, and the form that takes their place; the first that matches at a place
    /// wins. `name` nil: not captured.
    private static let variables: [(name: String?, pattern: String, general: String)] = [
        // Another one in each line: as a subject it would make a finding of every line.
        (nil, #"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?"#, #"\d{4}-\d\d-\d\d.\S+"#),
        (nil, #"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"#, "[0-9a-fA-F-]{36}"),
        ("pci", #"[0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}(?:\.[0-9a-fA-F])?"#, "[0-9a-fA-F:.]+"),
        ("address", #"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?"#, #"[\d.]+(?::\d+)?"#),
        ("mac", #"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}"#, "[0-9a-fA-F:]{17}"),
        (
            "device",
            #"\b(?:(?:s|v|xv)d[a-z]+\d*|nvme\d+(?:n\d+(?:p\d+)?)?|dm-\d+|md\d+|loop\d+|(?:eth|bond|ib|veth|cali)[0-9a-f]+|en[ops]\w*\d)\b"#,
            #"[\w-]+"#
        ),
        ("id", #"\b[0-9a-f]{12,64}\b"#, "[0-9a-f]+"),
        (nil, #"\b0x[0-9a-fA-F]+\b"#, "0x[0-9a-fA-F]+"),
        (nil, #"\b\d+\.\d+\b"#, #"\d+\.\d+"#),
        (nil, #"\b\d+"#, #"\d+"#),
    ]

    package init(line: String, id: String? = nil, now: Timestamp = Timestamp(microseconds: 0)) throws(Problem) {
        let (found, text) = Self.source(of: line, now)
        let selector = found ?? .kernel
        guard !text.isEmpty else { throw Problem(description: "The line is empty.") }
        guard text.utf8.count <= 4096 else {
            throw Problem(description: "The line is longer than 4096 bytes; give the part that identifies the problem.")
        }
        let (pattern, names) = try Self.generalised(text)
        let words = text.split { !$0.isLetter }.map(String.init).filter { $0.count > 2 && $0.allSatisfy(\.isASCII) }
            .prefix(4)
        let reason = words.map { $0.prefix(1).uppercased() + $0.dropFirst().lowercased() }.joined()
        rule = LogRule(
            id: id ?? (words.isEmpty ? "my-rule" : words.map { $0.lowercased() }.joined(separator: "-")),
            check: reason.isEmpty ? "MyCheck" : reason, reason: reason.isEmpty ? "MyCheck" : reason, severity: .warning,
            selector: selector, semantics: .line, pattern: pattern, origin: "")
        if let first = names.first { rule.subject = try? MessageTemplate("{\(first)}") }
        rule.why = .unwritten("why it matters.")
        rule.remedy = .unwritten("what to do.")
        rule.matchSamples = [text]
        notes = Self.notes(rule, text)
        if found == nil {
            notes.append("The line does not say which log it comes from; check `source:`, which names the kernel's.")
        }
    }

    private static let builtIn = RuleSet(users: [])

    private static func notes(_ rule: LogRule, _ text: String) -> [String] {
        let claims = RuleClaims(builtIn, like: rule).ids(of: text)
        return claims.map { "'\($0)' already finds this line; `rules show \($0)` prints it." }
    }

    /// The log of the line, nil where it does not say, and its message.
    private static func source(of line: String, _ now: Timestamp) -> (SourceSelector?, String) {
        var reader = TextLogReader(units: UnitNames(builtIn), now: now)
        var records: [TextLogReader.Record] = []
        for part in line.split(separator: "\n", omittingEmptySubsequences: false) { records += reader.read(part.utf8) }
        guard let record = (records + reader.finish()).last else { return (nil, "") }
        return (record.origin.selector, record.text)
    }

    /// The text as a pattern: variable parts become groups, the rest is taken literally.
    static func generalised(_ text: String) throws(Problem) -> (pattern: String, names: [String]) {
        let joined = variables.enumerated().map { "(?P<v\($0.offset)>\($0.element.pattern))" }.joined(separator: "|")
        guard let finder = try? Regex(joined) else { throw Problem(description: "The line cannot be analysed.") }
        var out = ""
        var names: [String] = []
        var rest = Array(text.utf8)
        // klog's header does not describe what happened.
        if let header = try? Regex(#"^[IWEF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ (?P<file>[\w.]+):\d+\] "#),
            let ranges = header.firstMatch(in: rest.span), let whole = ranges[0]
        {
            rest.removeFirst(whole.upperBound)
        }
        while !rest.isEmpty {
            guard let ranges = finder.firstMatch(in: rest.span), let whole = ranges[0], !whole.isEmpty else { break }
            out += escaped(rest[..<whole.lowerBound])
            let index =
                finder.groupNames.indices.dropFirst().first { finder.groupNames[$0] != nil && ranges[$0] != nil } ?? 1
            let number = Int(finder.groupNames[index]?.dropFirst() ?? "0") ?? 0
            let variable = variables[number]
            if let name = variable.name, !names.contains(name) {
                names.append(name)
                out += "(?P<\(name)>\(variable.general))"
            } else {
                out += variable.general
            }
            rest.removeFirst(whole.upperBound)
        }
        out += escaped(rest[...])
        do throws(RegexError) {
            let regex = try Regex(out)
            if regex.captures(in: text) == nil {
                throw RegexError(message: "does not match the line that it was built from", fragment: "")
            }
        } catch {
            throw Problem(description: "No pattern can be built from the line: \(error.message)")
        }
        return (out, names)
    }

    private static func escaped(_ bytes: ArraySlice<UInt8>) -> String {
        var out = ""
        for character in String(decoding: bytes, as: UTF8.self) {
            if #"\.+*?()|[]{}^$"#.contains(character) { out.append("\\") }
            out.append(character)
        }
        return out
    }
}
