import Findings
import Foundation
import GRDB
import Platform
import Wire

/// Applies one batch inside a transaction.
struct BatchApplier {
    /// Occurrences of one finding this close together are one row.
    static let mergeSeconds = 600.0

    let database: Database
    let storeID: String
    let limits: RetentionLimits
    private var refused = 0

    /// Records that one finding counts at most: sums of them over a fleet stay far below what an `Int` holds.
    static let countMax: Int64 = 1_000_000_000_000
    /// A time that lies further ahead than this was taken from a clock that is wrong: it is held to now.
    static let aheadSecondsMax = Seconds.perDay
    /// Findings of a node that were seen within this span are not removed for newer ones.
    static let freshSeconds = Seconds.perHour

    init(database: Database, storeID: String, limits: RetentionLimits) {
        self.database = database
        self.storeID = storeID
        self.limits = limits
    }

    static func held(_ time: Timestamp, to now: Timestamp) -> Timestamp {
        time > now + aheadSecondsMax ? now : time
    }

    mutating func apply(_ batch: Batch, at now: Timestamp) throws -> ApplyResult {
        var positions = try SQLiteRows.positions(database, node: batch.node)
        var fresh: [Batch.Source] = []
        for source in batch.sources {
            let committed = positions[source.source]?.committed
            if committed != nil, committed == source.to { continue }
            if committed != source.from {
                return .conflict(Acknowledgement(storeID: storeID, positions: positions))
            }
            fresh.append(source)
        }
        let isNews = try upsertNode(batch, now)
        for source in fresh {
            for occurrence in source.occurrences { try add(occurrence, node: batch.node, at: now) }
            try database.cachedStatement(
                sql: """
                    INSERT INTO position (node, source, committed, resume, moved) VALUES (?, ?, ?, ?, ?) \
                    ON CONFLICT (node, source) DO UPDATE SET committed = excluded.committed, \
                    resume = excluded.resume, moved = excluded.moved
                    """
            ).execute(arguments: [batch.node, source.source, source.to, source.resume, now.microseconds])
            positions[source.source] = .init(committed: source.to, resume: source.resume)
        }
        if positions.count > limits.positionsPerNodeMax {
            try database.execute(
                sql: """
                    DELETE FROM position WHERE node = ?1 AND source IN (SELECT source FROM position WHERE node = ?1 \
                    ORDER BY moved DESC, source LIMIT -1 OFFSET ?2)
                    """, arguments: [batch.node, limits.positionsPerNodeMax])
            positions = try SQLiteRows.positions(database, node: batch.node)
        }
        if isNews {
            for state in batch.states { try set(state, batch.node, at: now) }
            if let observations = batch.observations { try replace(observations, batch.node) }
        }
        if refused > 0 {
            try database.execute(
                sql: "UPDATE node SET dropped = min(dropped + ?, \(Self.countMax)) WHERE name = ?",
                arguments: [refused, batch.node])
        }
        return .applied(Acknowledgement(storeID: storeID, positions: positions))
    }

    /// - Returns: whether the batch is newer than the last one of this node.
    private func upsertNode(_ batch: Batch, _ now: Timestamp) throws -> Bool {
        let known = try Row.fetchOne(
            try database.cachedStatement(
                sql: "SELECT boot_id, epoch, started, sequence, past_boots FROM node WHERE name = ?"),
            arguments: [batch.node])
        var order = NodeOrder(batch)
        // An order that cannot be read is as good as none.
        if let known, let last = try? StoredRow(row: known).order {
            guard let next = last.following(batch, at: now) else { return false }
            order = next
        }
        let vitals = String(decoding: try JSONEncoder().encode(batch.vitals), as: UTF8.self)
        try database.cachedStatement(
            sql: """
                INSERT INTO node (name, agent_id, boot_id, first_heard, last_heard, epoch, sequence, vitals, started, \
                past_boots) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET \
                agent_id = excluded.agent_id, boot_id = excluded.boot_id, last_heard = excluded.last_heard, \
                epoch = excluded.epoch, sequence = excluded.sequence, vitals = excluded.vitals, \
                started = excluded.started, past_boots = excluded.past_boots
                """
        ).execute(arguments: [
            batch.node, batch.agentID, batch.bootID, now.microseconds, now.microseconds, batch.epoch, batch.sequence,
            vitals, batch.startedAfterBoot, order.pastBoots.joined(separator: ","),
        ])
        return true
    }

    // MARK: Occurrences

    /// What is stored of a finding, as far as a further occurrence changes it.
    private struct Known {
        var id: String
        var last: Timestamp
        var severity: Severity
        var message: String
        var reason: String
        var evidence: String
    }

    private mutating func add(_ occurrence: Occurrence, node: String, at now: Timestamp) throws {
        let key = occurrence.detection.key
        let first = Self.held(occurrence.first, to: now)
        let last = Self.held(occurrence.last, to: now)
        if let known = try newest(key, of: node), first <= known.last + Self.mergeSeconds {
            try merge(occurrence, first, last, into: known, of: node, at: now)
            return
        }
        let usage = try NodeUsage.read(database, node: node)
        let isFull = try usage.rows >= limits.findingsPerNodeMax && freshCount(node, now) >= limits.findingsPerNodeMax
        let size = Self.bytes(occurrence.detection, SQLiteRows.text(occurrence.evidence))
        if try isFull || !makeRoom(rows: 1, bytes: size, usage, of: node, before: now - Self.freshSeconds) {
            refused = refused.addingSaturated(occurrence.count)
            return
        }
        try insert(
            occurrence.detection, node: node, key: key, isState: false, from: first, first: first, last: last,
            count: occurrence.count, state: nil, isDemo: occurrence.isDemo, evidence: occurrence.evidence)
    }

    private func newest(_ key: String, of node: String) throws -> Known? {
        let row = try Row.fetchOne(
            try database.cachedStatement(
                sql: """
                    SELECT id, last, severity, message, reason, evidence FROM finding \
                    WHERE node = ? AND key = ? AND is_state = 0 ORDER BY last DESC LIMIT 1
                    """), arguments: [node, key])
        guard let row else { return nil }
        let stored = StoredRow(row: row)
        do {
            return Known(
                id: try stored.text("id"), last: try stored.time("last"),
                severity: Severity(rawValue: try stored.text("severity")) ?? .warning,
                message: try stored.text("message"), reason: try stored.text("reason"),
                evidence: try stored.text("evidence"))
        } catch is RowDecodingError {
            // It counts as unreadable in every snapshot; what comes now has a row of its own.
            return nil
        }
    }

    private func merge(
        _ occurrence: Occurrence, _ first: Timestamp, _ last: Timestamp, into known: Known, of node: String,
        at now: Timestamp
    ) throws {
        var message = occurrence.detection.message
        var reason = occurrence.detection.reason
        var evidence = SQLiteRows.appending(occurrence.evidence, to: known.evidence)
        let growth =
            Self.bytes([message, reason, evidence]) - Self.bytes([known.message, known.reason, known.evidence])
        if growth > 0,
            try !makeRoom(
                rows: 0, bytes: growth, NodeUsage.read(database, node: node), of: node, before: now - Self.freshSeconds)
        {
            (message, reason, evidence) = (known.message, known.reason, known.evidence)
        }
        try database.cachedStatement(
            sql: """
                UPDATE finding SET first = min(first, ?), last = max(last, ?), \
                count = min(count + ?, \(Self.countMax)), severity = ?, message = ?, reason = ?, evidence = ?, \
                is_demo = min(is_demo, ?) WHERE id = ?
                """
        ).execute(arguments: [
            first.microseconds, last.microseconds, occurrence.count,
            max(known.severity, occurrence.detection.severity).rawValue, message, reason, evidence, occurrence.isDemo,
            known.id,
        ])
    }

    private func freshCount(_ node: String, _ now: Timestamp) throws -> Int {
        try Int.fetchOne(
            try database.cachedStatement(
                sql: """
                    SELECT count(*) FROM (SELECT 1 FROM finding WHERE node = ? AND last > ? \
                    LIMIT \(limits.findingsPerNodeMax))
                    """
            ),
            arguments: [node, (now - Self.freshSeconds).microseconds]) ?? 0
    }

    /// Removes what is old of a node until so many rows and bytes more are within its share.
    /// - Parameter time: what was seen from then on stays.
    /// - Returns: whether they are.
    private func makeRoom(
        rows: Int, bytes: Int, _ usage: NodeUsage, of node: String, before time: Timestamp
    ) throws -> Bool {
        var usage = usage
        while usage.rows + rows > limits.rowsPerNodeMax || usage.bytes + bytes > limits.bytesPerNodeMax {
            let removed = try SQLiteRetention.removeOldest(of: node, before: time, database)
            if removed == 0 { return false }
            usage = try NodeUsage.read(database, node: node)
        }
        return true
    }

    private static func bytes(_ texts: [String]) -> Int { texts.reduce(0) { $0 + $1.utf8.count } }

    /// About what a row takes.
    private static func bytes(_ detection: Detection, _ evidence: String) -> Int {
        SQLiteSchema.rowBytes
            + bytes([
                detection.check, detection.rule, detection.reason, detection.object.namespace, detection.object.name,
                detection.subject, detection.message, detection.remedy, evidence,
            ]) + bytes(detection.also)
    }

    // MARK: States

    private mutating func set(_ report: StateReport, _ node: String, at now: Timestamp) throws {
        let key = report.key
        let id = Self.id(node, key, "state", report.since)
        let since = Self.held(report.since, to: now)
        let last = Self.held(report.last, to: now)
        // The same state under another beginning has ended: its reason changed, or it came back.
        try database.cachedStatement(
            sql: """
                UPDATE finding SET resolved = ?, last = max(last, ?) \
                WHERE node = ? AND key = ? AND is_state = 1 AND resolved IS NULL AND id <> ?
                """
        ).execute(arguments: [last.microseconds, since.microseconds, node, key, id])
        // A state outweighs any event.
        let usage = try NodeUsage.read(database, node: node)
        let evidence = SQLiteRows.text(report.evidence)
        let size = Self.bytes(report.detection, evidence)
        let hasRoom = try makeRoom(rows: 0, bytes: size, usage, of: node, before: Timestamp(microseconds: .max))
        let texts = hasRoom ? "message = :message, evidence = :evidence," : ""
        let changed = try database.cachedStatement(
            sql: """
                UPDATE finding SET \(texts) last = :last, severity = :severity, resolved = :resolved, \
                expires = :expires, boot_id = :boot WHERE id = :id AND node = :node
                """)
        var arguments: [String: (any DatabaseValueConvertible)?] = [
            "last": last.microseconds, "severity": report.detection.severity.rawValue,
            "resolved": report.isActive ? nil : last.microseconds, "expires": report.expires?.microseconds,
            "boot": report.bootID, "id": id, "node": node,
        ]
        if hasRoom {
            arguments["message"] = report.detection.message
            arguments["evidence"] = evidence
        }
        try changed.execute(arguments: StatementArguments(arguments))
        if database.changesCount > 0 { return }
        if usage.states >= limits.statesPerNodeMax || !hasRoom {
            refused = refused.addingSaturated(1)
            return
        }
        try insert(
            report.detection, node: node, key: key, isState: true, from: report.since, first: since, last: last,
            count: 1, state: report, isDemo: false, evidence: report.evidence)
    }

    static func id(_ node: String, _ key: String, _ kind: String, _ first: Timestamp) -> String {
        var hash = StableHash()
        for part in [node, key, kind, String(first.microseconds)] { hash.combine(part) }
        return hash.hex
    }

    /// - Parameter beginning: what the id is made of; `first` may be held to now.
    private mutating func insert(
        _ detection: Detection, node: String, key: String, isState: Bool, from beginning: Timestamp, first: Timestamp,
        last: Timestamp, count: Int, state: StateReport?, isDemo: Bool, evidence: [Evidence]
    ) throws {
        let object = detection.object
        let id = Self.id(node, key, isState ? "state" : "event", beginning)
        // The hash of an id is no secret: another node's finding is never replaced by one that was made to meet it.
        let owner = try String.fetchOne(
            try database.cachedStatement(sql: "SELECT node FROM finding WHERE id = ?"), arguments: [id])
        if let owner, owner != node {
            refused = refused.addingSaturated(count)
            return
        }
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO finding (id, node, key, is_state, check_id, rule, reason, severity, \
                object_kind, \
                object_namespace, object_name, object_uid, subject, message, also, remedy, first, last, count, \
                condition, owner, boot_id, expires, resolved, deadline, is_demo, evidence) \
                VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
                """
        ).execute(arguments: [
            id, node, key, isState, detection.check, detection.rule,
            detection.reason, detection.severity.rawValue, object.kind, object.namespace, object.name, object.uid,
            detection.subject, detection.message, detection.also.joined(separator: ","), detection.remedy,
            first.microseconds, last.microseconds, count, state?.condition ?? "", state?.owner ?? "",
            state?.bootID ?? "", state?.expires?.microseconds,
            state.flatMap { $0.isActive ? nil : last.microseconds }, detection.deadline?.microseconds, isDemo,
            SQLiteRows.text(evidence),
        ])
    }

    private func replace(_ observations: [Observation], _ node: String) throws {
        try database.cachedStatement(sql: "DELETE FROM observation WHERE node = ?").execute(arguments: [node])
        let insert = try database.cachedStatement(
            sql:
                "INSERT OR REPLACE INTO observation (node, check_id, source, outcome, reason, since, detail) VALUES (?,?,?,?,?,?,?)"
        )
        for observation in observations {
            try insert.execute(arguments: [
                node, observation.check, observation.source, observation.outcome.rawValue, observation.reason?.rawValue,
                observation.since.microseconds, observation.detail,
            ])
        }
    }
}
