import Platform
package import Regex
import YAML

/// The rules of one selector, compiled: immutable, shared by all threads.
///
/// All patterns that can be answered from one record (the rules', their `with` and `clears` patterns) are one
/// automaton, so a healthy line costs one pass however many rules there are. Patterns that reach over line breaks
/// (node-problem-detector's multi-line rules) form a second automaton per monitor, run over that monitor's buffer.
package final class RuleGroup: Sendable {
    /// What a pattern of the automaton is for.
    enum Role: Equatable, Sendable {
        case rule(Int)
        case context(rule: Int, with: Int)
        case clears(Int)
        case reverts(Int)
    }

    struct Entry: Sendable {
        let role: Role
        let regex: LazyRegex
    }

    struct WindowMonitor: Sendable {
        /// The monitor's file.
        let file: String
        let bufferSize: Int
        let entries: [Entry]
        let set: RegexSet
    }

    package let selector: SourceSelector
    package let rules: [LogRule]
    let entries: [Entry]
    let set: RegexSet
    let windows: [WindowMonitor]

    /// - Throws: `RegexError` when a pattern does not compile, which a rule file's reader has ruled out.
    package init(selector: SourceSelector, rules: [LogRule]) throws(RegexError) {
        self.selector = selector
        self.rules = rules
        var entries: [Entry] = []
        var windowEntries: [Int: (file: String, size: Int, entries: [Entry])] = [:]
        for (index, rule) in rules.enumerated() {
            let pattern = Self.searched(rule)
            let entry = Entry(role: .rule(index), regex: LazyRegex(pattern))
            if case .window(let size, let monitor) = rule.semantics, size > 1,
                !NewlineReach.staysInsideRecord(rule.pattern)
            {
                windowEntries[monitor, default: (String(rule.origin.prefix { $0 != ":" }), size, [])].entries.append(
                    entry)
            } else {
                entries.append(entry)
            }
            for (number, context) in rule.with.enumerated() {
                entries.append(Entry(role: .context(rule: index, with: number), regex: LazyRegex(context)))
            }
            if let clears = rule.condition?.clears {
                entries.append(Entry(role: .clears(index), regex: LazyRegex(clears)))
            }
        }
        for (index, rule) in rules.enumerated() {
            if let reverts = rule.threshold?.reverts {
                entries.append(Entry(role: .reverts(index), regex: LazyRegex(reverts)))
            }
        }
        self.entries = entries
        set = try RegexSet(entries.map(\.regex.pattern))
        var windows: [WindowMonitor] = []
        for (_, window) in windowEntries.sorted(by: { $0.key < $1.key }) {
            windows.append(
                WindowMonitor(
                    file: window.file, bufferSize: window.size, entries: window.entries,
                    set: try RegexSet(window.entries.map(\.regex.pattern))))
        }
        self.windows = windows
    }

    /// The pattern as it is searched: node-problem-detector's must end where the newest record ends.
    static func searched(_ rule: LogRule) -> String {
        if case .window = rule.semantics { "(?:\(rule.pattern))\\z" } else { rule.pattern }
    }
}
