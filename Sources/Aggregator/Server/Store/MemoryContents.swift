import Findings
import Platform
import Wire

/// What a `MemoryStore` holds, and the rules of the contract as plainly as they can be written.
struct MemoryContents: Sendable {
    struct Node: Sendable {
        var shown: Snapshot.Node
        var order: NodeOrder
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

    var storeID: String?
    var nodes: [String: Node] = [:]
    var positions: [String: [String: Acknowledgement.Position]] = [:]
    /// When each position was last set.
    var moved: [String: [String: Timestamp]] = [:]
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
    mutating func apply(_ batch: Batch, at now: Timestamp, _ limits: RetentionLimits) {
        for source in batch.sources where !isCommitted(source, of: batch.node) {
            for occurrence in source.occurrences { add(occurrence, batch.node, at: now, limits) }
            positions[batch.node, default: [:]][source.source] = .init(committed: source.to, resume: source.resume)
            moved[batch.node, default: [:]][source.source] = now
        }
        let sources = (moved[batch.node] ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for source in sources.dropFirst(limits.positionsPerNodeMax) {
            positions[batch.node]?[source.key] = nil
            moved[batch.node]?[source.key] = nil
        }
        var order = NodeOrder(batch)
        if let known = nodes[batch.node]?.order {
            guard let next = known.following(batch, at: now) else { return }
            order = next
        }
        let shown = Snapshot.Node(
            name: batch.node, bootID: batch.bootID, firstReport: nodes[batch.node]?.shown.firstReport ?? now,
            lastReport: now, vitals: batch.vitals)
        nodes[batch.node] = Node(shown: shown, order: order)
        for state in batch.states { set(state, batch.node, at: now, limits) }
        if let new = batch.observations { observations[batch.node] = new }
    }

    private mutating func add(
        _ given: Occurrence, _ node: String, at now: Timestamp, _ limits: RetentionLimits
    ) {
        var occurrence = given
        occurrence.first = BatchApplier.held(given.first, to: now)
        occurrence.last = BatchApplier.held(given.last, to: now)
        let detection = occurrence.detection
        let known = rows.values.filter { $0.finding.node == node && $0.key == detection.key && !$0.finding.isState }
            .max { $0.finding.last < $1.finding.last }
        if var row = known, occurrence.first <= row.finding.last + BatchApplier.mergeSeconds {
            row.finding.first = min(row.finding.first, occurrence.first)
            row.finding.last = max(row.finding.last, occurrence.last)
            row.finding.count = min(
                row.finding.count.addingSaturated(occurrence.count), Int(BatchApplier.countMax))
            row.finding.detection.severity = max(row.finding.detection.severity, detection.severity)
            var longer = row.finding
            longer.detection.message = detection.message
            longer.detection.reason = detection.reason
            longer.evidence = Array((row.finding.evidence + occurrence.evidence).prefix(Evidence.perFindingMax))
            let growth = Self.bytes(longer) - Self.bytes(row.finding)
            if growth <= 0 || makeRoom(for: growth, rows: 0, node, before: now - BatchApplier.freshSeconds, limits) {
                row.finding = longer
            }
            row.finding.isDemo = row.finding.isDemo && occurrence.isDemo
            rows[row.finding.id] = row
            return
        }
        let fresh = now - BatchApplier.freshSeconds
        let isFull =
            rows.values.count { $0.finding.node == node && $0.finding.last > fresh } >= limits.findingsPerNodeMax
        let id = BatchApplier.id(node, detection.key, "event", given.first)
        let isTaken = rows[id].map { $0.finding.node != node } ?? false
        let row = Row(
            finding: Finding(
                id: id, node: node, detection: detection, first: occurrence.first, last: occurrence.last,
                count: occurrence.count, isState: false, condition: "", resolvedAt: nil, isDemo: occurrence.isDemo,
                evidence: Array(occurrence.evidence.prefix(Evidence.perFindingMax))),
            key: detection.key)
        if isFull || isTaken || !makeRoom(for: Self.bytes(row.finding), node, before: fresh, limits) {
            dropped = dropped.addingSaturated(occurrence.count)
            return
        }
        rows[id] = row
    }

    /// Whether so many rows and bytes more are within a node's share, after its oldest have made room.
    private mutating func makeRoom(
        for bytes: Int, rows count: Int = 1, _ node: String, before time: Timestamp, _ limits: RetentionLimits
    ) -> Bool {
        while true {
            var used = bytes
            var owned = count
            for row in rows.values where row.finding.node == node {
                used += Self.bytes(row.finding)
                owned += 1
            }
            if owned <= limits.rowsPerNodeMax, used <= limits.bytesPerNodeMax { return true }
            let oldest = rows.values.filter {
                $0.finding.node == node && !Self.holds($0.finding) && $0.finding.last < time
            }.min { $0.finding.last < $1.finding.last }
            guard let oldest else { return false }
            rows[oldest.finding.id] = nil
        }
    }

    private mutating func set(
        _ given: StateReport, _ node: String, at now: Timestamp, _ limits: RetentionLimits
    ) {
        let id = BatchApplier.id(node, given.key, "state", given.since)
        var report = given
        report.since = BatchApplier.held(given.since, to: now)
        report.last = BatchApplier.held(given.last, to: now)
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
        if var row = rows[id], row.finding.node == node {
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
        let states = rows.values.count { $0.finding.node == node && Self.holds($0.finding) }
        let row = Row(
            finding: Finding(
                id: id, node: node, detection: report.detection, first: report.since, last: report.last, count: 1,
                isState: true, condition: report.condition, resolvedAt: resolved, isDemo: false, evidence: evidence),
            key: report.key, owner: report.owner, bootID: report.bootID, expires: report.expires)
        let always = Timestamp(microseconds: .max)
        if states >= limits.statesPerNodeMax || rows[id] != nil
            || !makeRoom(for: Self.bytes(row.finding), node, before: always, limits)
        {
            dropped = dropped.addingSaturated(1)
            return
        }
        rows[id] = row
    }

    // MARK: Retention

    mutating func retain(_ limits: RetentionLimits, at now: Timestamp) {
        let oldest = now - limits.resolvedSeconds
        rows = rows.filter { $0.value.finding.last >= oldest || Self.holds($0.value.finding) }
        changes.removeAll { $0.time < oldest }
        for (name, node) in nodes where node.shown.lastReport < oldest {
            positions[name] = nil
            moved[name] = nil
            if rows.values.contains(where: { $0.finding.node == name }) { continue }
            nodes[name] = nil
            observations[name] = nil
            versions[name] = nil
        }
        for (id, row) in rows where row.finding.last < now - limits.evidenceSeconds { rows[id]?.finding.evidence = [] }
        var total = rows.values.reduce(0) { $0 + Self.bytes($1.finding) }
        // The newest first, so that the oldest is the last.
        var ended = Dictionary(grouping: rows.values.map(\.finding).filter { !Self.holds($0) }, by: \.node)
            .mapValues { $0.sorted { $0.last > $1.last } }
        var used = ended.mapValues { $0.reduce(0) { $0 + Self.bytes($1) } }
        while total > limits.storeBytesMax {
            // The oldest of whoever takes most.
            guard let most = used.max(by: { $0.value < $1.value })?.key, let oldest = ended[most]?.popLast() else {
                break
            }
            rows[oldest.id] = nil
            total -= Self.bytes(oldest)
            used[most, default: 0] -= Self.bytes(oldest)
        }
    }

    // MARK: Snapshots

    /// What holds or was seen since a time, each node's part within its share.
    func current(since: Timestamp, bytesMax: Int) -> (findings: [Finding], leftOut: Int) {
        let all = rows.values.map(\.finding).filter { $0.last >= since || Self.holds($0) }
        let used = Dictionary(grouping: rows.values.map(\.finding), by: \.node).mapValues {
            $0.reduce(0) { $0 + Self.bytes($1) }
        }
        guard let level = FairShare.level(Array(used.values), total: bytesMax) else { return (all, 0) }
        let kept = Dictionary(grouping: all, by: \.node).values.flatMap { own in
            var left = level
            return own.sorted { (Self.holds($0) ? 0 : 1, $1.last, $0.id) < (Self.holds($1) ? 0 : 1, $0.last, $1.id) }
                .prefix {
                    left -= Self.bytes($0)
                    return left >= 0
                }
        }
        return (kept, all.count - kept.count)
    }

    private static func holds(_ finding: Finding) -> Bool { finding.isState && finding.resolvedAt == nil }

    private static func bytes(_ finding: Finding) -> Int {
        finding.evidence.reduce(SQLiteSchema.rowBytes + finding.detection.message.utf8.count) {
            $0 + $1.text.utf8.count
        }
    }
}
