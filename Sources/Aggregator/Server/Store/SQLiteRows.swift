import Findings
import GRDB
import Platform
import Wire

/// Rows to values and back.
enum SQLiteRows {
    static func positions(_ database: Database, node: String) throws -> [String: Acknowledgement.Position] {
        var reader = RowReader()
        let pairs = try reader.all(
            database, sql: "SELECT source, committed, resume FROM position WHERE node = ?", arguments: [node]
        ) { row in
            (
                try row.text("source"),
                Acknowledgement.Position(
                    committed: try row.optionalText("committed"), resume: try row.optionalText("resume"))
            )
        }
        return Dictionary(pairs) { first, _ in first }
    }

    static func activeStates(_ database: Database, node: String) throws -> [StateReport] {
        var reader = RowReader()
        return try reader.all(
            database,
            sql: """
                SELECT * FROM finding WHERE node = ? AND is_state = 1 AND resolved IS NULL ORDER BY last DESC \
                LIMIT \(Acknowledgement.statesMax)
                """, arguments: [node]
        ) { try $0.state }
    }

    static func findings(_ database: Database, since: Timestamp) throws -> [Finding] {
        var reader = RowReader()
        return try findings(database, since: since, bytesMax: .max, &reader).findings
    }

    private static let current = "(last >= :since OR (is_state = 1 AND resolved IS NULL))"

    /// Findings of one node that hold or were seen since a time.
    static func findings(
        _ database: Database, since: Timestamp, of node: String, _ reader: inout RowReader
    ) throws -> [Finding] {
        try reader.all(
            database, sql: "SELECT * FROM finding WHERE node = :node AND \(current) ORDER BY id",
            arguments: ["node": node, "since": since.microseconds]
        ) { try $0.finding }
    }

    /// - Parameter bytesMax: of all findings; where there are more, nodes share it evenly.
    static func findings(
        _ database: Database, since: Timestamp, bytesMax: Int, _ reader: inout RowReader
    ) throws -> (findings: [Finding], leftOut: Int) {
        let arguments: StatementArguments = ["since": since.microseconds]
        let level = try FairShare.level(NodeUsage.bytes(database), total: bytesMax)
        guard let level else {
            let sql = "SELECT * FROM finding WHERE \(current) ORDER BY id"
            return (try reader.all(database, sql: sql, arguments: arguments) { try $0.finding }, 0)
        }
        let ids = """
            SELECT id, sum(bytes) OVER (PARTITION BY node \
            ORDER BY (is_state = 1 AND resolved IS NULL) DESC, last DESC, id ROWS UNBOUNDED PRECEDING) AS used \
            FROM finding WHERE \(current)
            """
        let findings = try reader.all(
            database,
            sql: "SELECT * FROM finding WHERE id IN (SELECT id FROM (\(ids)) WHERE used <= \(level)) ORDER BY id",
            arguments: arguments
        ) { try $0.finding }
        let all = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM finding WHERE \(current)", arguments: arguments)
        return (findings, max(0, (all ?? 0) - findings.count))
    }

    /// Findings that did not fit, of all nodes.
    static func dropped(_ database: Database, _ reader: inout RowReader) throws -> Int {
        try reader.all(database, sql: "SELECT dropped FROM node") { try $0.number("dropped") }
            .reduce(0) { $0.addingSaturated(Int(clamping: $1)) }
    }

    /// Of the store whose place this one took; nil: there was none.
    static func loss(_ database: Database) throws -> Snapshot.StoreLoss? {
        func value(_ key: String) throws -> String? {
            try Row.fetchOne(database, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key]).flatMap {
                try? StoredRow(row: $0).text("value")
            }
        }
        guard let time = try value("lost_at").flatMap({ Int64($0) }) else { return nil }
        return Snapshot.StoreLoss(time: Timestamp(microseconds: time), reason: try value("lost_reason") ?? "")
    }

    /// The version on a node, and the change where it was another one.
    static func note(_ database: Database, node: String, what: String, version: String, at now: Timestamp) throws {
        let known = try Row.fetchOne(
            try database.cachedStatement(sql: "SELECT version FROM node_version WHERE node = ? AND what = ?"),
            arguments: [node, what]
        ).flatMap { try? StoredRow(row: $0).text("version") }
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
