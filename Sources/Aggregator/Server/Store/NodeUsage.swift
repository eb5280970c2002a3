import GRDB
import Platform

/// What one node takes of the store, kept by triggers (`SQLiteSchema`).
struct NodeUsage: Equatable {
    /// Findings of every kind and age.
    var rows = 0
    /// Of those rows.
    var bytes = 0
    /// States that hold.
    var states = 0

    static func read(_ database: Database, node: String) throws -> NodeUsage {
        guard
            let row = try Row.fetchOne(
                try database.cachedStatement(sql: "SELECT rows, bytes, states FROM node WHERE name = ?"),
                arguments: [node])
        else { return NodeUsage() }
        do { return try usage(row) } catch is RowDecodingError {
            // Damaged: counted anew, so that its node goes on.
            try database.execute(
                sql: """
                    UPDATE node SET (rows, bytes, states) = (SELECT count(*), coalesce(sum(bytes), 0), \
                    count(*) FILTER (WHERE is_state = 1 AND resolved IS NULL) FROM finding WHERE node = ?1) \
                    WHERE name = ?1
                    """, arguments: [node])
            let counted = try Row.fetchOne(
                database, sql: "SELECT rows, bytes, states FROM node WHERE name = ?", arguments: [node])
            return try counted.map(usage) ?? NodeUsage()
        }
    }

    private static func usage(_ row: Row) throws -> NodeUsage {
        NodeUsage(
            rows: try row.decode(forColumn: "rows"), bytes: try row.decode(forColumn: "bytes"),
            states: try row.decode(forColumn: "states"))
    }

    /// Bytes of every node's findings.
    static func bytes(_ database: Database) throws -> [Int] {
        var reader = RowReader()
        return try reader.all(database, sql: "SELECT bytes FROM node") { Int(clamping: max(0, try $0.number("bytes"))) }
    }
}
