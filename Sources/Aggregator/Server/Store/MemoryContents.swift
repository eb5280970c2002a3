import Findings
import Platform
import Wire

/// What a `MemoryStore` holds, and the rules of the contract as plainly as they can be written.
struct MemoryContents: Sendable {
    struct Node: Sendable {
        var shown: Snapshot.Node
        var epoch: Int64
        var sequence: Int64
    }

    struct Row: Sendable {
        var finding: Finding
        /// `Detection.key` of an event, `StateReport.key` of a state.
        var key: String
        /// Of a state.
        var owner = ""
        var bootID = ""
        var expires: Timestamp?
    }

    /// What a row takes beside its texts.
    private static let rowBytes = 256

    var storeID: String?
    var nodes: [String: Node] = [:]
    var positions: [String: [String: Acknowledgement.Position]] = [:]
    /// By the finding's id.
    var rows: [String: Row] = [:]
    var observations: [String: [Observation]] = [:]
    var versions: [String: [String: String]] = [:]
    var changes: [NodeChange] = []
    var dropped = 0

    func activeStates(_ node: String) -> [StateReport] {
        rows.values.filter { $0.finding.node == node && $0.finding.isState && $0.finding.resolvedAt == nil }
            .sorted { $0.finding.id < $1.finding.id }
            .map { row in
                StateReport(
                    row.finding.detection, since: row.finding.first, last: row.finding.last,
                    condition: row.finding.condition, owner: row.owner, bootID: row.bootID, expires: row.expires,
                    evidence: row.finding.evidence)
            }
    }

    // MARK: Batches

    /// Whether each source goes on where the committed position is, or is committed already.
    func follows(_ batch: Batch) -> Bool {
        batch.sources.allSatisfy { source in
            let committed = positions[batch.node]?[source.source]?.committed
            return committed == source.from || isCommitted(source, of: batch.node)
        }
    }

    private func isCommitted(_ source: Batch.Source, of node: String) -> Bool {
        guard let committed = positions[node]?[source.source]?.committed else { return false }
        return committed == source.to
    }

    /// - Precondition: the batch follows.
    mutating func apply(_ batch: Batch, at now: Timestamp, findingsPerNodeMax: Int) {
        for source in batch.sources where !isCommitted(source, of: batch.node) {
            for occurrence in source.occurrences { add(occurrence, batch.node, at: now, max: findingsPerNodeMax) }
            positions[batch.node, default: [:]][source.source] = .init(committed: source.to, resume: source.resume)
        }
        if let known = nodes[batch.node], (batch.epoch, batch.sequence) <= (known.epoch, known.sequence) { return }
        let shown = Snapshot.Node(
            name: batch.node, bootID: batch.bootID, firstReport: nodes[batch.node]?.shown.firstReport ?? now,
            lastReport: now, vitals: batch.vitals)
        nodes[batch.node] = Node(shown: shown, epoch: batch.epoch, sequence: batch.sequence)
        for state in batch.states { set(state, batch.node) }
        if let new = batch.observations { observations[batch.node] = new }
    }

    private mutating func add(_ occurrence: Occurrence, _ node: String, at now: Timestamp, max most: Int) {
        let detection = occurrence.detection
        let known = rows.values.filter { $0.finding.node == node && $0.key == detection.key && !$0.finding.isState }
            .max { $0.finding.last < $1.finding.last }
        if var row = known, occurrence.first <= row.finding.last + BatchApplier.mergeSeconds {
            row.finding.first = min(row.finding.first, occurrence.first)
            row.finding.last = max(row.finding.last, occurrence.last)
            row.finding.count += occurrence.count
            row.finding.detection.severity = max(row.finding.detection.severity, detection.severity)
            row.finding.detection.message = detection.message
            row.finding.detection.reason = detection.reason
            row.finding.evidence = Array(
                (row.finding.evidence + occurrence.evidence).prefix(Evidence.perFindingMax))
            row.finding.isDemo = row.finding.isDemo && occurrence.isDemo
            rows[row.finding.id] = row
            return
        }
        if rows.values.count(where: { $0.finding.node == node && $0.finding.last > now - 3600 }) >= most {
            dropped += occurrence.count
            return
        }
        let id = BatchApplier.id(node, detection.key, "event", occurrence.first)
        rows[id] = Row(
            finding: Finding(
                id: id, node: node, detection: detection, first: occurrence.first, last: occurrence.last,
                count: occurrence.count, isState: false, condition: "", resolvedAt: nil, isDemo: occurrence.isDemo,
                evidence: Array(occurrence.evidence.prefix(Evidence.perFindingMax))),
            key: detection.key)
    }

    private mutating func set(_ report: StateReport, _ node: String) {
        let id = BatchApplier.id(node, report.key, "state", report.since)
        // The same state under another beginning has ended: its reason changed, or it came back.
        for (other, row) in rows
        where other != id && row.finding.node == node && row.key == report.key && row.finding.isState
            && row.finding.resolvedAt == nil
        {
            rows[other]?.finding.resolvedAt = report.last
            rows[other]?.finding.last = max(row.finding.last, report.since)
        }
        let evidence = Array(report.evidence.prefix(Evidence.perFindingMax))
        let resolved = report.isActive ? nil : report.last
        if var row = rows[id] {
            row.finding.last = report.last
            row.finding.detection.severity = report.detection.severity
            row.finding.detection.message = report.detection.message
            row.finding.resolvedAt = resolved
            row.finding.evidence = evidence
            row.expires = report.expires
            row.bootID = report.bootID
            rows[id] = row
            return
        }
        rows[id] = Row(
            finding: Finding(
                id: id, node: node, detection: report.detection, first: report.since, last: report.last, count: 1,
                isState: true, condition: report.condition, resolvedAt: resolved, isDemo: false, evidence: evidence),
            key: report.key, owner: report.owner, bootID: report.bootID, expires: report.expires)
    }

    // MARK: Retention

    mutating func retain(_ limits: RetentionLimits, at now: Timestamp) {
        let oldest = now - limits.resolvedSeconds
        rows = rows.filter { $0.value.finding.last >= oldest || Self.holds($0.value.finding) }
        changes.removeAll { $0.time < oldest }
        for (id, row) in rows where row.finding.last < now - limits.evidenceSeconds { rows[id]?.finding.evidence = [] }
        var bytes = rows.values.reduce(0) { $0 + Self.bytes($1.finding) }
        for row in rows.values.filter({ !Self.holds($0.finding) }).sorted(by: { $0.finding.last < $1.finding.last }) {
            if bytes <= limits.storeBytesMax { break }
            rows[row.finding.id] = nil
            bytes -= Self.bytes(row.finding)
        }
    }

    private static func holds(_ finding: Finding) -> Bool { finding.isState && finding.resolvedAt == nil }

    private static func bytes(_ finding: Finding) -> Int {
        finding.evidence.reduce(rowBytes + finding.detection.message.utf8.count) { $0 + $1.text.utf8.count }
    }
}
