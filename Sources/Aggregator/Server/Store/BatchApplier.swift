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
    let findingsPerNodeMax: Int
    private var refused = 0

    init(database: Database, storeID: String, findingsPerNodeMax: Int) {
        self.database = database
        self.storeID = storeID
        self.findingsPerNodeMax = findingsPerNodeMax
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
                    INSERT INTO position (node, source, committed, resume) VALUES (?, ?, ?, ?) \
                    ON CONFLICT (node, source) DO UPDATE SET committed = excluded.committed, resume = excluded.resume
                    """
            ).execute(arguments: [batch.node, source.source, source.to, source.resume])
            positions[source.source] = .init(committed: source.to, resume: source.resume)
        }
        if isNews {
            for state in batch.states { try set(state, batch.node, at: now) }
            if let observations = batch.observations { try replace(observations, batch.node) }
        }
        if refused > 0 {
            try database.execute(
                sql: "UPDATE node SET dropped = dropped + ? WHERE name = ?", arguments: [refused, batch.node])
        }
        return .applied(Acknowledgement(storeID: storeID, positions: positions))
    }

    /// - Returns: whether the batch is newer than the last one of this node.
    private func upsertNode(_ batch: Batch, _ now: Timestamp) throws -> Bool {
        let known = try Row.fetchOne(
            try database.cachedStatement(sql: "SELECT epoch, sequence FROM node WHERE name = ?"),
            arguments: [batch.node])
        if let known {
            let epoch: Int64 = known["epoch"], sequence: Int64 = known["sequence"]
            if (batch.epoch, batch.sequence) <= (epoch, sequence) { return false }
        }
        let vitals = String(decoding: try JSONEncoder().encode(batch.vitals), as: UTF8.self)
        try database.cachedStatement(
            sql: """
                INSERT INTO node (name, agent_id, boot_id, first_heard, last_heard, epoch, sequence, vitals) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET agent_id = excluded.agent_id, \
                boot_id = excluded.boot_id, last_heard = excluded.last_heard, epoch = excluded.epoch, \
                sequence = excluded.sequence, vitals = excluded.vitals
                """
        ).execute(arguments: [
            batch.node, batch.agentID, batch.bootID, now.microseconds, now.microseconds, batch.epoch, batch.sequence,
            vitals,
        ])
        return true
    }

    private mutating func add(_ occurrence: Occurrence, node: String, at now: Timestamp) throws {
        let key = occurrence.detection.key
        let known = try Row.fetchOne(
            try database.cachedStatement(
                sql: """
                    SELECT id, first, last, severity, evidence, is_demo FROM finding \
                    WHERE node = ? AND key = ? AND is_state = 0 ORDER BY last DESC LIMIT 1
                    """), arguments: [node, key])
        let first = occurrence.first.microseconds, last = occurrence.last.microseconds
        if let known, first <= (known["last"] as Int64) + Int64(Self.mergeSeconds * 1_000_000) {
            let severity = max(Severity(rawValue: known["severity"]) ?? .warning, occurrence.detection.severity)
            let evidence = SQLiteRows.appending(occurrence.evidence, to: known["evidence"])
            try database.cachedStatement(
                sql: """
                    UPDATE finding SET first = min(first, ?), last = max(last, ?), count = count + ?, severity = ?, \
                    message = ?, reason = ?, evidence = ?, is_demo = min(is_demo, ?) WHERE id = ?
                    """
            ).execute(arguments: [
                first, last, occurrence.count, severity.rawValue, occurrence.detection.message,
                occurrence.detection.reason, evidence, occurrence.isDemo, known["id"] as String,
            ])
            return
        }
        if try activeCount(node, now) >= findingsPerNodeMax {
            refused += occurrence.count
            return
        }
        try insert(
            occurrence.detection, node: node, key: key, isState: false, first: occurrence.first, last: occurrence.last,
            count: occurrence.count, state: nil, isDemo: occurrence.isDemo, evidence: occurrence.evidence)
    }

    private func activeCount(_ node: String, _ now: Timestamp) throws -> Int {
        try Int.fetchOne(
            try database.cachedStatement(
                sql:
                    "SELECT count(*) FROM (SELECT 1 FROM finding WHERE node = ? AND last > ? LIMIT \(findingsPerNodeMax))"
            ),
            arguments: [node, (now - 3600).microseconds]) ?? 0
    }

    private func set(_ report: StateReport, _ node: String, at now: Timestamp) throws {
        let key = report.key
        let id = Self.id(node, key, "state", report.since)
        // The same state under another beginning has ended: its reason changed, or it came back.
        try database.cachedStatement(
            sql: """
                UPDATE finding SET resolved = ?, last = max(last, ?) \
                WHERE node = ? AND key = ? AND is_state = 1 AND resolved IS NULL AND id <> ?
                """
        ).execute(arguments: [report.last.microseconds, report.since.microseconds, node, key, id])
        let changed = try database.cachedStatement(
            sql: """
                UPDATE finding SET last = ?, severity = ?, message = ?, resolved = ?, evidence = ?, expires = ?, \
                boot_id = ? WHERE id = ?
                """)
        try changed.execute(arguments: [
            report.last.microseconds, report.detection.severity.rawValue, report.detection.message,
            report.isActive ? nil : report.last.microseconds, SQLiteRows.text(report.evidence),
            report.expires?.microseconds, report.bootID, id,
        ])
        if database.changesCount > 0 { return }
        try insert(
            report.detection, node: node, key: key, isState: true, first: report.since, last: report.last, count: 1,
            state: report, isDemo: false, evidence: report.evidence)
    }

    static func id(_ node: String, _ key: String, _ kind: String, _ first: Timestamp) -> String {
        var hash = StableHash()
        for part in [node, key, kind, String(first.microseconds)] { hash.combine(part) }
        return hash.hex
    }

    private func insert(
        _ detection: Detection, node: String, key: String, isState: Bool, first: Timestamp, last: Timestamp, count: Int,
        state: StateReport?, isDemo: Bool, evidence: [Evidence]
    ) throws {
        let object = detection.object
        try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO finding (id, node, key, is_state, check_id, rule, reason, severity, \
                object_kind, \
                object_namespace, object_name, object_uid, subject, message, also, remedy, first, last, count, \
                condition, owner, boot_id, expires, resolved, deadline, is_demo, evidence) \
                VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
                """
        ).execute(arguments: [
            Self.id(node, key, isState ? "state" : "event", first), node, key, isState, detection.check, detection.rule,
            detection.reason, detection.severity.rawValue, object.kind, object.namespace, object.name, object.uid,
            detection.subject, detection.message, detection.also.joined(separator: ","), detection.remedy,
            first.microseconds, last.microseconds, count, state?.condition ?? "", state?.owner ?? "",
            state?.bootID ?? "", state?.expires?.microseconds,
            state.flatMap { $0.isActive ? nil : $0.last.microseconds }, detection.deadline?.microseconds, isDemo,
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
