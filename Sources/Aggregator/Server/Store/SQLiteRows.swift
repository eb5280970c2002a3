import Findings
import Foundation
import GRDB
import Platform
import Wire

/// Rows to values and back.
enum SQLiteRows {
    static func positions(_ database: Database, node: String) throws -> [String: Acknowledgement.Position] {
        let rows = try Row.fetchAll(
            try database.cachedStatement(sql: "SELECT source, committed, resume FROM position WHERE node = ?"),
            arguments: [node])
        return Dictionary(
            uniqueKeysWithValues: rows.map {
                ($0["source"] as String, Acknowledgement.Position(committed: $0["committed"], resume: $0["resume"]))
            })
    }

    static func detection(_ row: Row) -> Detection {
        let also: String = row["also"]
        return Detection(
            check: row["check_id"], rule: row["rule"], reason: row["reason"],
            severity: Severity(rawValue: row["severity"]) ?? .warning,
            object: ObjectReference(
                kind: row["object_kind"], namespace: row["object_namespace"], name: row["object_name"],
                uid: row["object_uid"]),
            subject: row["subject"], message: row["message"], also: also.split(separator: ",").map(String.init),
            remedy: row["remedy"], deadline: optionalTime(row, "deadline"))
    }

    private static func time(_ row: Row, _ column: String) -> Timestamp { Timestamp(microseconds: row[column]) }
    private static func optionalTime(_ row: Row, _ column: String) -> Timestamp? {
        (row[column] as Int64?).map { Timestamp(microseconds: $0) }
    }

    static func activeStates(_ database: Database, node: String) throws -> [StateReport] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM finding WHERE node = ? AND is_state = 1 AND resolved IS NULL",
            arguments: [node])
        return rows.map { row in
            StateReport(
                detection(row), since: time(row, "first"), last: time(row, "last"), condition: row["condition"],
                owner: row["owner"], bootID: row["boot_id"], expires: optionalTime(row, "expires"),
                evidence: evidence(row["evidence"]))
        }
    }

    /// Findings that did not fit since the store was made.
    static func dropped(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT sum(dropped) FROM node") ?? 0
    }

    /// - Parameter node: nil: all.
    static func nodes(_ database: Database, only node: String? = nil) throws -> [Snapshot.Node] {
        try Row.fetchAll(
            try database.cachedStatement(
                sql: node == nil ? "SELECT * FROM node ORDER BY name" : "SELECT * FROM node WHERE name = ?"),
            arguments: node.map { [$0] } ?? []
        ).map { row in
            let text: String = row["vitals"]
            // Vitals that a later version wrote in another form are left out; they are no evidence of a failure.
            return Snapshot.Node(
                name: row["name"], bootID: row["boot_id"], firstReport: time(row, "first_heard"),
                lastReport: time(row, "last_heard"),
                vitals: (try? JSONDecoder().decode(Vitals.self, from: Data(text.utf8))) ?? Vitals())
        }
    }

    /// Findings that hold or were seen since a time.
    /// - Parameter node: nil: of all nodes.
    static func findings(_ database: Database, since: Timestamp, of node: String? = nil) throws -> [Finding] {
        let recent = "(last >= ? OR (is_state = 1 AND resolved IS NULL))"
        let rows =
            if let node {
                try Row.fetchAll(
                    try database.cachedStatement(
                        sql: "SELECT * FROM finding WHERE node = ? AND \(recent) ORDER BY id"),
                    arguments: [node, since.microseconds])
            } else {
                try Row.fetchAll(
                    database, sql: "SELECT * FROM finding WHERE \(recent) ORDER BY id", arguments: [since.microseconds])
            }
        return rows.map { row in
            Finding(
                id: row["id"], node: row["node"], detection: detection(row), first: time(row, "first"),
                last: time(row, "last"), count: row["count"], isState: row["is_state"], condition: row["condition"],
                resolvedAt: optionalTime(row, "resolved"), isDemo: row["is_demo"], evidence: evidence(row["evidence"]))
        }
    }

    /// - Parameter node: nil: of all nodes.
    static func observations(_ database: Database, of node: String? = nil) throws -> [Snapshot.NodeObservation] {
        try Row.fetchAll(
            try database.cachedStatement(
                sql:
                    "SELECT * FROM observation \(node == nil ? "" : "WHERE node = ? ")ORDER BY node, check_id, source"),
            arguments: node.map { [$0] } ?? []
        ).map { row in
            Snapshot.NodeObservation(
                node: row["node"],
                observation: Observation(
                    check: row["check_id"], source: row["source"],
                    outcome: Observation.Outcome(rawValue: row["outcome"]) ?? .unobserved,
                    reason: (row["reason"] as String?).flatMap(UnobservedReason.init), since: time(row, "since"),
                    detail: row["detail"]))
        }
    }

    /// The version on a node, and the change where it was another one.
    static func note(_ database: Database, node: String, what: String, version: String, at now: Timestamp) throws {
        let known = try String.fetchOne(
            try database.cachedStatement(sql: "SELECT version FROM node_version WHERE node = ? AND what = ?"),
            arguments: [node, what])
        if known == version { return }
        if let known {
            try database.execute(
                sql: "INSERT INTO node_change (node, what, old, new, time) VALUES (?, ?, ?, ?, ?)",
                arguments: [node, what, known, version, now.microseconds])
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO node_version (node, what, version) VALUES (?, ?, ?)
                ON CONFLICT (node, what) DO UPDATE SET version = excluded.version
                """
        ).execute(arguments: [node, what, version])
    }

    static func changes(_ database: Database, since: Timestamp) throws -> [NodeChange] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM node_change WHERE time >= ? ORDER BY time, node, what",
            arguments: [since.microseconds]
        ).map { row in
            NodeChange(
                node: row["node"], what: row["what"], old: row["old"], new: row["new"], time: time(row, "time"))
        }
    }

    /// Evidence as one text: fields separated by U+001F, pieces by U+001E, which no stored text holds.
    static func text(_ evidence: [Evidence]) -> String {
        evidence.prefix(Evidence.perFindingMax).map { piece in
            [piece.source, piece.origin, String(piece.time.microseconds), piece.text]
                .map(TextSafety.printable).joined(separator: "\u{1F}")
        }.joined(separator: "\u{1E}")
    }

    /// A stored text with more pieces; one that is full already stays as it is, unread.
    static func appending(_ more: [Evidence], to stored: String) -> String {
        let pieces = stored.isEmpty ? 0 : stored.utf8.count { $0 == 0x1E } + 1
        if pieces >= Evidence.perFindingMax || more.isEmpty { return stored }
        let added = text(Array(more.prefix(Evidence.perFindingMax - pieces)))
        return stored.isEmpty ? added : stored + "\u{1E}" + added
    }

    static func evidence(_ text: String) -> [Evidence] {
        text.split(separator: "\u{1E}").compactMap { piece in
            let parts = piece.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 4, let time = Int64(parts[2]) else { return nil }
            return Evidence(source: parts[0], origin: parts[1], time: Timestamp(microseconds: time), text: parts[3])
        }
    }
}
