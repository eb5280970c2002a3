package import Findings
import KubernetesAPI
package import Platform
package import Wire
import YAML

/// What an override is matched against.
package struct OverrideTarget: Sendable {
    package var check = ""
    /// The log rule that found it.
    package var rule = ""
    package var node = ""
    package var nodeLabels: [String: String] = [:]
    package var namespace = ""
    package var name = ""
    package var findingID = ""

    package init(
        check: String = "", rule: String = "", node: String = "", nodeLabels: [String: String] = [:],
        namespace: String = "", name: String = "", findingID: String = ""
    ) {
        self.check = check
        self.rule = rule
        self.node = node
        self.nodeLabels = nodeLabels
        self.namespace = namespace
        self.name = name
        self.findingID = findingID
    }
}

/// The one place for exceptions: silences, acknowledgements, severities and thresholds of some objects.
package struct OverrideSet: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package var checks: [String] = []
        /// Log rules by id; what is set then reaches the agents themselves.
        package var rules: [String] = []
        package var nodes: [String] = []
        package var nodeSelector: [String: String] = [:]
        package var namespaces: [String] = []
        package var names: [String] = []
        package var ids: [String] = []

        package var severity: Severity?
        var thresholds: [String: Double] = [:]
        /// Of rules: matches needed within a span until one counts.
        var count: Int?
        var withinSeconds: Double?
        /// Of rules: their conditions end at this age.
        var clearsAfterSeconds: Double?
        /// Of rules: they do not run.
        package var isDisabled = false
        package var isIgnored = false
        package var isAcknowledged = false

        package var until: Timestamp?
        package var reason = ""
        package var by = ""
        /// `FILE:LINE:COLUMN` or the ConfigMap's name.
        package var place = ""

        package init(
            checks: [String] = [], rules: [String] = [], nodes: [String] = [], nodeSelector: [String: String] = [:],
            namespaces: [String] = [], names: [String] = [], ids: [String] = [], severity: Severity? = nil,
            thresholds: [String: Double] = [:], count: Int? = nil, withinSeconds: Double? = nil,
            clearsAfterSeconds: Double? = nil, isDisabled: Bool = false, isIgnored: Bool = false,
            isAcknowledged: Bool = false, until: Timestamp? = nil, reason: String = "", by: String = "",
            place: String = ""
        ) {
            self.checks = checks
            self.rules = rules
            self.nodes = nodes
            self.nodeSelector = nodeSelector
            self.namespaces = namespaces
            self.names = names
            self.ids = ids
            self.severity = severity
            self.thresholds = thresholds
            self.count = count
            self.withinSeconds = withinSeconds
            self.clearsAfterSeconds = clearsAfterSeconds
            self.isDisabled = isDisabled
            self.isIgnored = isIgnored
            self.isAcknowledged = isAcknowledged
            self.until = until
            self.reason = reason
            self.by = by
            self.place = place
        }

        func isExpired(at now: Timestamp) -> Bool { until.map { $0 <= now } ?? false }

        /// All lists that are there must match; a list matches when one of its entries does; `*` stands for anything.
        package func matches(_ target: OverrideTarget) -> Bool {
            func any(_ patterns: [String], _ text: String) -> Bool {
                patterns.isEmpty || patterns.contains { Glob.matches($0, text) }
            }
            return any(checks, target.check) && any(rules, target.rule) && any(nodes, target.node)
                && any(namespaces, target.namespace)
                && any(names, target.name) && any(ids, target.findingID)
                && nodeSelector.allSatisfy { target.nodeLabels[$0.key] == $0.value }
        }
    }

    package var entries: [Entry] = []

    func threshold(_ check: String, _ name: String, for target: OverrideTarget) -> Double? {
        var target = target
        target.check = check
        return entries.last { $0.thresholds[name] != nil && $0.matches(target) }?.thresholds[name]
    }

    /// Without those whose time is over.
    package func active(at now: Timestamp) -> OverrideSet {
        OverrideSet(entries: entries.filter { !$0.isExpired(at: now) })
    }
    package func expired(at now: Timestamp) -> [Entry] { entries.filter { $0.isExpired(at: now) } }

    package init(entries: [Entry] = []) { self.entries = entries }

    /// Reads `overrides: [...]`, or the list by itself.
    package init(_ text: [UInt8], file: String, names: CheckNames) throws(DocumentProblem) {
        guard let root = try YAMLReader.read(text, file: file), root.value != .null else { return }
        let list = root["overrides"] ?? root
        if list.value == .null { return }
        guard let items = list.items else {
            throw DocumentProblem(file: file, mark: list.mark, field: "overrides", message: "a list is expected")
        }
        for item in items { entries.append(try Self.entry(item, file, names)) }
    }

    private static func entry(_ node: Node, _ file: String, _ names: CheckNames) throws(DocumentProblem) -> Entry {
        var entry = Entry(place: "\(file):\(node.mark)")
        guard let pairs = node.pairs else {
            throw DocumentProblem(file: file, mark: node.mark, field: "overrides", message: "a mapping is expected")
        }
        for pair in pairs {
            switch pair.key {
            case "match": try match(pair.value, file, names, &entry)
            case "set": try set(pair.value, file, &entry)
            case "until":
                guard let time = pair.value.plainText.flatMap({ KubernetesTime.parse($0) }) else {
                    throw DocumentProblem(
                        file: file, mark: pair.value.mark, field: "until",
                        message: "a time such as 2026-12-31T00:00:00Z is expected")
                }
                entry.until = time
            case "reason": entry.reason = pair.value.plainText ?? ""
            case "by": entry.by = pair.value.plainText ?? ""
            default: throw unknown(pair, ["match", "set", "until", "reason", "by"], file)
            }
        }
        return entry
    }

    private static func unknown(_ pair: Node.Pair, _ known: [String], _ file: String) -> DocumentProblem {
        let guess = Suggestion.nearest(to: pair.key, among: known).map { "; did you mean '\($0)'?" } ?? ""
        return DocumentProblem(
            file: file, mark: pair.keyMark, field: pair.key,
            message: "unknown field\(guess); the fields here are \(known.joined(separator: ", "))")
    }

    private static func match(
        _ node: Node, _ file: String, _ names: CheckNames, _ entry: inout Entry
    ) throws(DocumentProblem) {
        for pair in node.pairs ?? [] {
            if pair.key == "nodeSelector" {
                for label in pair.value.pairs ?? [] { entry.nodeSelector[label.key] = label.value.plainText ?? "" }
                continue
            }
            guard let items = pair.value.items?.map({ $0.plainText ?? "" }) ?? pair.value.plainText.map({ [$0] }) else {
                throw DocumentProblem(
                    file: file, mark: pair.value.mark, field: "match.\(pair.key)",
                    message: "a list of texts is expected")
            }
            switch pair.key {
            case "checks":
                entry.checks = items.map { names.id($0) ?? $0 }
                // Custom checks have names that only their file knows; what is nearly a known name is a mistake.
                for id in entry.checks where !id.contains("*") && names.id(id) == nil {
                    guard let guess = names.nearest(id) else { continue }
                    throw DocumentProblem(
                        file: file, mark: pair.value.mark, field: "match.checks",
                        message: "no check is named '\(id)'; did you mean '\(guess)'?")
                }
            case "rules": entry.rules = items
            case "nodes": entry.nodes = items
            case "namespaces": entry.namespaces = items
            case "names": entry.names = items
            case "ids": entry.ids = items
            default:
                throw unknown(pair, ["checks", "rules", "nodes", "nodeSelector", "namespaces", "names", "ids"], file)
            }
        }
    }

    private static func set(_ node: Node, _ file: String, _ entry: inout Entry) throws(DocumentProblem) {
        for pair in node.pairs ?? [] {
            switch pair.key {
            case "severity":
                guard let severity = pair.value.plainText.flatMap({ Severity(rawValue: $0) }) else {
                    throw DocumentProblem(
                        file: file, mark: pair.value.mark, field: "set.severity",
                        message: "fatal, danger, warning or info is expected")
                }
                entry.severity = severity
            case "disable": entry.isDisabled = pair.value.value == .bool(true)
            case "clearsAfter": entry.clearsAfterSeconds = try seconds(pair.value, "set.clearsAfter", file)
            case "threshold":
                for field in pair.value.pairs ?? [] {
                    switch (field.key, field.value.number) {
                    case ("count", let number?) where number >= 1: entry.count = Int(number)
                    case ("within", _): entry.withinSeconds = try seconds(field.value, "set.threshold.within", file)
                    default: throw unknown(field, ["count", "within"], file)
                    }
                }
            case "ignore": entry.isIgnored = pair.value.value == .bool(true)
            case "acknowledge": entry.isAcknowledged = pair.value.value == .bool(true)
            case "thresholds":
                for threshold in pair.value.pairs ?? [] {
                    guard let limit = Catalogue.builtIn.limit(threshold.key) else {
                        let guess = Suggestion.nearest(to: threshold.key, among: Catalogue.builtIn.limitNames).map {
                            "; did you mean '\($0)'?"
                        }
                        throw DocumentProblem(
                            file: file, mark: threshold.keyMark, field: "set.thresholds",
                            message:
                                "no check has a threshold '\(threshold.key)'\(guess ?? "; `checks explain ID` names them")"
                        )
                    }
                    if let problem = limit.problem(with: threshold.value.number) {
                        throw DocumentProblem(
                            file: file, mark: threshold.value.mark, field: "set.thresholds.\(threshold.key)",
                            message: problem)
                    }
                    entry.thresholds[threshold.key] = threshold.value.number
                }
            default:
                throw unknown(
                    pair, ["severity", "ignore", "acknowledge", "thresholds", "disable", "threshold", "clearsAfter"],
                    file)
            }
        }
        let isOfRules = entry.isDisabled || entry.count != nil || entry.clearsAfterSeconds != nil
        if isOfRules, entry.rules.isEmpty {
            throw DocumentProblem(
                file: file, mark: node.mark, field: "set",
                message: "disable, threshold and clearsAfter apply to rules; name the rules in match.rules")
        }
    }

    private static func seconds(_ node: Node, _ field: String, _ file: String) throws(DocumentProblem) -> Double {
        do throws(GoDuration.Problem) { return try GoDuration.seconds(node.plainText ?? "") } catch {
            throw DocumentProblem(file: file, mark: node.mark, field: field, message: error.description)
        }
    }

    /// Entries about a whole node.
    private func entries(node: String, labels: [String: String], at now: Timestamp) -> [Entry] {
        entries.filter { entry in
            !entry.isExpired(at: now) && entry.namespaces.isEmpty && entry.names.isEmpty && entry.ids.isEmpty
                && (entry.nodes.isEmpty || entry.nodes.contains { Glob.matches($0, node) })
                && entry.nodeSelector.allSatisfy { labels[$0.key] == $0.value }
        }
    }

    /// What agents are to do differently on a node.
    package func adjustments(node: String, labels: [String: String], at now: Timestamp) -> [Instructions.Adjustment] {
        entries(node: node, labels: labels, at: now).compactMap { entry in
            guard !entry.rules.isEmpty else { return nil }
            let adjustment = Instructions.Adjustment(
                rules: entry.rules, isDisabled: entry.isDisabled, severity: entry.severity,
                thresholdCount: entry.count, thresholdWithinSeconds: entry.withinSeconds,
                clearsAfterSeconds: entry.clearsAfterSeconds)
            return adjustment == Instructions.Adjustment(rules: entry.rules) ? nil : adjustment
        }
    }

    /// Limits of the agent's gauges on a node, by name; of two entries the later one counts.
    package func nodeThresholds(node: String, labels: [String: String], at now: Timestamp) -> [String: Double] {
        entries(node: node, labels: labels, at: now).reduce(into: [:]) { all, entry in
            guard entry.rules.isEmpty else { return }
            for check in Catalogue.builtIn.entries {
                guard entry.checks.isEmpty || entry.checks.contains(where: { Glob.matches($0, check.id) }) else {
                    continue
                }
                for limit in check.limits where limit.isOfAgents {
                    if let value = entry.thresholds[limit.name] { all[limit.name] = value }
                }
            }
        }
    }

    /// As YAML, as it is read.
    package var yaml: String {
        func list(_ texts: [String], _ mark: Mark) -> Node {
            Node(.sequence(texts.map { Node(.string($0), mark: mark) }), mark: mark)
        }
        let mark = Mark(line: 1, column: 1)
        func pair(_ key: String, _ value: Node.Value) -> Node.Pair {
            Node.Pair(key: key, keyMark: mark, value: Node(value, mark: mark))
        }
        let items = entries.map { entry -> Node in
            var match: [Node.Pair] = []
            for (key, texts) in [
                ("checks", entry.checks), ("rules", entry.rules), ("nodes", entry.nodes),
                ("namespaces", entry.namespaces),
                ("names", entry.names), ("ids", entry.ids),
            ] where !texts.isEmpty { match.append(pair(key, list(texts, mark).value)) }
            if !entry.nodeSelector.isEmpty {
                let labels = entry.nodeSelector.sorted { $0.key < $1.key }.map { pair($0.key, .string($0.value)) }
                match.append(pair("nodeSelector", .mapping(labels)))
            }
            var set: [Node.Pair] = []
            if let severity = entry.severity { set.append(pair("severity", .string(severity.rawValue))) }
            if entry.isDisabled { set.append(pair("disable", .bool(true))) }
            if let seconds = entry.clearsAfterSeconds {
                set.append(pair("clearsAfter", .string(GoDuration.text(seconds))))
            }
            if entry.count != nil || entry.withinSeconds != nil {
                let fields =
                    (entry.count.map { [pair("count", .integer($0))] } ?? [])
                    + (entry.withinSeconds.map { [pair("within", .string(GoDuration.text($0)))] } ?? [])
                set.append(pair("threshold", .mapping(fields)))
            }
            if entry.isIgnored { set.append(pair("ignore", .bool(true))) }
            if entry.isAcknowledged { set.append(pair("acknowledge", .bool(true))) }
            if !entry.thresholds.isEmpty {
                let numbers = entry.thresholds.sorted { $0.key < $1.key }.map { pair($0.key, .double($0.value)) }
                set.append(pair("thresholds", .mapping(numbers)))
            }
            var pairs = [pair("match", .mapping(match)), pair("set", .mapping(set))]
            if let until = entry.until { pairs.append(pair("until", .string(until.utcRFC3339))) }
            if !entry.reason.isEmpty { pairs.append(pair("reason", .string(entry.reason))) }
            if !entry.by.isEmpty { pairs.append(pair("by", .string(entry.by))) }
            return Node(.mapping(pairs), mark: mark)
        }
        return YAMLWriter.write(Node(.mapping([pair("overrides", .sequence(items))]), mark: mark)) ?? ""
    }
}
