/// The rules of one selector, compiled: immutable, shared by all threads.
///
/// All patterns that can be answered from one record (the rules', their `with` and `clears` patterns) are one
/// automaton, so a healthy line costs one pass however many rules there are. Patterns that reach over line breaks
/// (node-problem-detector's multi-line rules) form a second automaton per monitor, run over that monitor's buffer.
public final class RuleGroup: Sendable {
    /// What a pattern of the automaton is for.
    enum Role: Equatable, Sendable {
        case rule(Int)
        case context(rule: Int, with: Int)
        case clears(Int)
    }

    struct Entry: Sendable {
        let role: Role
        let regex: LazyRegex
    }

    struct WindowMonitor: Sendable {
        let bufferSize: Int
        let entries: [Entry]
        let set: RegexSet
    }

    public let selector: SourceSelector
    public let rules: [LogRule]
    let entries: [Entry]
    let set: RegexSet
    let windows: [WindowMonitor]

    /// - Throws: `RegexError` when a pattern does not compile, which a rule file's reader has ruled out.
    public init(selector: SourceSelector, rules: [LogRule]) throws(RegexError) {
        self.selector = selector
        self.rules = rules
        var entries: [Entry] = []
        var windowEntries: [Int: (size: Int, entries: [Entry])] = [:]
        for (index, rule) in rules.enumerated() {
            let pattern = Self.searched(rule)
            let entry = Entry(role: .rule(index), regex: LazyRegex(pattern))
            if case .window(let size, let monitor) = rule.semantics, size > 1,
                !NewlineReach.staysInsideRecord(rule.pattern)
            {
                windowEntries[monitor, default: (size, [])].entries.append(entry)
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
        self.entries = entries
        set = try RegexSet(entries.map(\.regex.pattern))
        var windows: [WindowMonitor] = []
        for (_, window) in windowEntries.sorted(by: { $0.key < $1.key }) {
            windows.append(
                WindowMonitor(
                    bufferSize: window.size, entries: window.entries,
                    set: try RegexSet(window.entries.map(\.regex.pattern))))
        }
        self.windows = windows
    }

    /// The pattern as it is searched: node-problem-detector's must end where the newest record ends.
    static func searched(_ rule: LogRule) -> String {
        if case .window = rule.semantics { "(?:\(rule.pattern))\\z" } else { rule.pattern }
    }
}

/// All rules in force, by selector, in an order that does not depend on anything but the files.
public struct RuleSet: Sendable {
    public let files: [RuleFile]
    public let groups: [RuleGroup]
    /// Changes when a rule changes.
    public let digest: String

    public var rules: [LogRule] { groups.flatMap(\.rules) }
    public var monitors: [Monitor] { files.flatMap(\.monitors) }
    public var problems: [RuleProblem] { files.flatMap(\.problems) }

    /// - Parameter texts: name and content of each file; sorted by name here.
    public init(texts: [(name: String, bytes: [UInt8])]) {
        var files: [RuleFile] = []
        var digest = StableHash()
        for (name, bytes) in texts.sorted(by: { $0.name < $1.name }) {
            digest.combine(name)
            digest.combine(bytes)
            files.append(RuleFile.read(bytes, name: name, monitorBase: files.count))
        }
        self.init(files: files, digest: digest.hex)
    }

    init(files given: [RuleFile], digest: String) {
        var files = given
        var order: [SourceSelector] = []
        var bySelector: [SourceSelector: [LogRule]] = [:]
        var ids: Set<String> = []
        var total = 0
        for index in files.indices {
            var kept: [LogRule] = []
            for rule in files[index].rules {
                if total >= RuleFile.rulesMax || !ids.insert(rule.id).inserted {
                    let message =
                        total >= RuleFile.rulesMax
                        ? "more than \(RuleFile.rulesMax) rules in all; '\(rule.id)' is left out"
                        : "the id '\(rule.id)' is used in an earlier file; this rule is left out"
                    files[index].problems.append(
                        RuleProblem(
                            file: files[index].name, mark: Mark(line: 1, column: 1), field: "rules", message: message))
                    continue
                }
                total += 1
                kept.append(rule)
                if bySelector[rule.selector] == nil { order.append(rule.selector) }
                bySelector[rule.selector, default: []].append(rule)
            }
            files[index].rules = kept
        }
        var groups: [RuleGroup] = []
        for selector in order {
            do throws(RegexError) {
                groups.append(try RuleGroup(selector: selector, rules: bySelector[selector] ?? []))
            } catch {
                let file = files.firstIndex { $0.rules.contains { $0.selector == selector } } ?? 0
                files[file].problems.append(
                    RuleProblem(
                        file: files[file].name, mark: Mark(line: 1, column: 1), field: "rules",
                        message: "the rules of \(selector.title) do not work together: \(error.message)"))
            }
        }
        self.files = files
        self.groups = groups
        self.digest = digest
    }
}
