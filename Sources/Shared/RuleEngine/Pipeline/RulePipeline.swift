import Findings
package import Platform

/// Turns matches into occurrences and conditions. A state machine: no clock but the records', no I/O.
///
/// One per log source and selector; all state is bounded, and all of it can be rebuilt by reading again from
/// `resumePosition`.
package struct RulePipeline {
    private let group: RuleGroup
    private let node: ObjectReference
    private let source: String
    private let bootID: String
    private let pods: any PodDirectory
    private var candidates = WithCandidates()
    private var thresholds = ThresholdCounters()
    private var identities = SeenIdentities()
    private var graphs: [Int: WaitGraph] = [:]
    private var limiter = SubjectLimiter()
    private var conditions: [String: String] = [:]
    private let onceSeconds: Double
    private let cycleSeconds: Double

    package init(group: RuleGroup, node: String, source: String, bootID: String, pods: any PodDirectory) {
        self.group = group
        self.node = .node(node)
        self.source = source
        self.bootID = bootID
        self.pods = pods
        onceSeconds = group.rules.compactMap { $0.once?.withinSeconds }.max() ?? 0
        cycleSeconds = group.rules.compactMap { $0.cycle?.withinSeconds }.max() ?? 0
    }

    /// - Parameter position: of the record that completed the match.
    package mutating func process(_ match: LineMatch, position: String) -> [PipelineOutput] {
        let rule = group.rules[match.rule]
        switch match.kind {
        case .context(let with):
            candidates.add(match, with: with, position: position)
            return []
        case .clears:
            guard let type = rule.condition?.type else { return [] }
            conditions[type] = nil
            let subject = match.captures.isEmpty ? "" : rule.subjectText(match.captures, line: match.text)
            return [.conditionCleared(type: type, rule: rule.id, subject: subject, time: match.time)]
        case .reverts:
            thresholds.revert(rule: match.rule)
            return []
        case .rule:
            return processRule(rule, match, Remembered(time: match.time, position: position))
        }
    }

    private mutating func processRule(_ rule: LogRule, _ match: LineMatch, _ record: Remembered) -> [PipelineOutput] {
        if rule.isPermanent { return processPermanent(rule, match, record) }
        var captures = candidates.join(match, rule: rule)
        if let cycle = rule.cycle {
            guard let from = captures[cycle.from], let to = captures[cycle.to] else { return [] }
            let path = graphs[match.rule, default: WaitGraph()].add(
                from: from, to: to, record, withinSeconds: cycle.withinSeconds)
            guard let path else { return [] }
            captures["cycle"] = path.joined(separator: " → ")
        }
        if let once = rule.once {
            let identity = ([rule.check] + once.by.map { captures[$0] ?? "" }).joined(separator: "\u{1F}")
            if !identities.isNew(identity, record, withinSeconds: once.withinSeconds) { return [] }
        }
        var detection = detection(rule, match, captures)
        var count = 1
        var isReached = true
        if let threshold = rule.threshold {
            count = thresholds.add(record, rule: match.rule, finding: detection.key, threshold: threshold)
            isReached = count > 0
            if let severity = threshold.severity {
                if isReached { detection.severity = max(detection.severity, severity) }
                count = 1
            }
        }
        if count == 0 { return [] }
        limiter.limit(&detection, rule: match.rule, time: match.time)
        // A condition holds from the threshold on.
        guard let condition = rule.condition, isReached else {
            return [.occurrence(occurrence(detection, match, record, count: count))]
        }
        let set = PipelineOutput.conditionSet(state(rule, condition, detection, match, record))
        // A rule whose condition is its own check reports it once, as a state.
        if condition.check == rule.check { return [set] }
        return [.occurrence(occurrence(detection, match, record, count: count)), set]
    }

    /// node-problem-detector's permanent rule: an event only when the reason is new.
    private mutating func processPermanent(
        _ rule: LogRule, _ match: LineMatch, _ record: Remembered
    ) -> [PipelineOutput] {
        guard let condition = rule.condition, conditions[condition.type] != rule.reason else { return [] }
        conditions[condition.type] = rule.reason
        var detection = detection(rule, match, match.captures)
        let plain = detection.message
        detection.message =
            "Node condition \(condition.type) is now: True, reason: \(rule.reason), message: \(GoQuote.quote(plain))"
        let event = occurrence(detection, match, record, count: 1)
        detection.message = plain
        return [.occurrence(event), .conditionSet(state(rule, condition, detection, match, record))]
    }

    private func detection(_ rule: LogRule, _ match: LineMatch, _ captures: [String: String]) -> Detection {
        var captures = captures
        var object = node
        var container = ""
        if let path = captures["cgroup"].flatMap(CgroupPath.init) {
            let found = pods.resolve(path)
            captures["pod"] =
                found.pod.name.isEmpty ? "pod uid \(path.podUID)" : "\(found.pod.namespace)/\(found.pod.name)"
            if rule.target == .pod { (object, container) = found }
        }
        let subject = container.isEmpty ? rule.subjectText(captures, line: match.text) : container
        let text = rule.message?.render(captures, line: match.text) ?? match.text
        return Detection(
            check: rule.check, rule: rule.id, reason: rule.reason, severity: rule.severity, object: object,
            subject: TextSafety.cut(subject, bytesMax: 256),
            message: TextSafety.cut(text, bytesMax: Evidence.textBytesMax), also: rule.also, remedy: rule.remedy.en)
    }

    private func occurrence(
        _ detection: Detection, _ match: LineMatch, _ record: Remembered, count: Int
    ) -> Occurrence {
        Occurrence(detection, count: count, time: match.time, evidence: [evidence(match, record)])
    }

    private func evidence(_ match: LineMatch, _ record: Remembered) -> Evidence {
        Evidence(
            source: source, origin: record.position, time: match.time,
            text: TextSafety.cut(match.text, bytesMax: Evidence.textBytesMax))
    }

    private func state(
        _ rule: LogRule, _ condition: LogRule.Condition, _ event: Detection, _ match: LineMatch, _ record: Remembered
    ) -> StateReport {
        var detection = event
        detection.check = condition.check
        detection.severity = condition.severity ?? event.severity
        if detection.object.kind != "Node" { detection.object = node }
        // A condition of its own check keeps what it is about, and so does one that a probe ends object by object; one
        // that stands for several checks is the node's.
        let isOfObject = condition.check == rule.check || condition.probe != nil
        if !isOfObject || rule.isPermanent { detection.subject = "" }
        return StateReport(
            detection, since: match.time, last: match.time, condition: condition.type,
            owner: condition.probe ?? "rules", bootID: bootID,
            expires: condition.clearsAfterSeconds.map { match.time + $0 }, evidence: [evidence(match, record)])
    }

    /// Takes over what `old` remembers for rules that are still there, so that a change of rules forgets no counter.
    package mutating func adopt(_ old: RulePipeline) {
        let numbers = Dictionary(group.rules.enumerated().map { ($1.id, $0) }) { first, _ in first }
        let rules = group.rules
        func number(_ index: Int, where isSame: (LogRule, LogRule) -> Bool) -> Int? {
            guard let new = numbers[old.group.rules[index].id], isSame(old.group.rules[index], rules[new]) else {
                return nil
            }
            return new
        }
        candidates = old.candidates
        candidates.renumber { number($0) { $0.with == $1.with } }
        thresholds = old.thresholds
        thresholds.renumber { number($0) { $0.threshold?.count == $1.threshold?.count } }
        identities = old.identities
        limiter = old.limiter
        limiter.renumber { number($0) { _, _ in true } }
        for (index, graph) in old.graphs {
            if let new = number(index, where: { $0.cycle == $1.cycle }) { graphs[new] = graph }
        }
        conditions = old.conditions
    }

    /// A condition that was active before this process started: the same reason again is not an event.
    package mutating func restore(condition: String, reason: String) { conditions[condition] = reason }
    package mutating func forget(condition: String) { conditions[condition] = nil }

    /// Drops what is too old to matter at the log's own time.
    package mutating func age(to now: Timestamp) {
        candidates.forget(before: now, rules: group.rules)
        thresholds.forget(before: now, rules: group.rules)
        if onceSeconds > 0 { identities.forget(before: now, seconds: onceSeconds) }
        let seconds = cycleSeconds
        for key in Array(graphs.keys) { graphs[key]?.forget(before: now, seconds: seconds) }
    }

    /// The position of the oldest record that is still needed, or nil.
    package var resumePosition: Remembered? {
        let all = candidates.records + thresholds.records + identities.records + graphs.values.flatMap(\.records)
        return all.min { $0.time < $1.time }
    }
}

/// Keeps a rule from filling the node's list with ever new subjects: beyond the limit they share one finding, so
/// that nothing is uncounted.
private struct SubjectLimiter {
    static let subjectsMax = 60
    static let windowSeconds = 600.0

    private var recent: [Int: [String: Timestamp]] = [:]

    mutating func renumber(_ index: (Int) -> Int?) {
        recent = Dictionary(recent.compactMap { old, keys in index(old).map { ($0, keys) } }) { first, _ in first }
    }

    mutating func limit(_ detection: inout Detection, rule: Int, time: Timestamp) {
        var keys = recent[rule] ?? [:]
        if keys.count >= Self.subjectsMax {
            keys = keys.filter { abs(time.seconds(since: $0.value)) <= Self.windowSeconds }
        }
        let key = detection.key
        if keys[key] == nil, keys.count >= Self.subjectsMax {
            detection.subject = "(others)"
        } else {
            keys[key] = time
        }
        recent[rule] = keys
    }
}
