import GRDB
import Platform

/// Removes what is too old, and what is over the size of the store: the oldest of the nodes that take most of it, so
/// that a node that floods the store loses its own findings and no other's.
struct SQLiteRetention {
    /// Rows that are removed between two looks at the size.
    private static let rowsPerStep = 100
    /// What may go; a state that holds never does.
    private static let hasEnded = "(is_state = 0 OR resolved IS NOT NULL)"

    let limits: RetentionLimits

    func run(_ database: Database, at now: Timestamp) throws {
        let oldest = (now - limits.resolvedSeconds).microseconds
        try database.execute(
            sql: "DELETE FROM finding WHERE last < ? AND \(Self.hasEnded)", arguments: [oldest])
        try database.execute(sql: "DELETE FROM node_change WHERE time < ?", arguments: [oldest])
        try database.execute(
            sql: "UPDATE finding SET evidence = '' WHERE last < ? AND evidence <> ''",
            arguments: [(now - limits.evidenceSeconds).microseconds])
        try removeGoneNodes(database, before: oldest)
        var excess = try usedBytes(database) - limits.storeBytesMax
        while excess > 0, try removeExcess(excess, database) {
            excess = try usedBytes(database) - limits.storeBytesMax
        }
    }

    /// What is kept of nodes that did not report for as long as findings are kept: their findings have gone, so that a
    /// node that comes back reads nothing twice. One with a state that holds stays, without its positions.
    private func removeGoneNodes(_ database: Database, before oldest: Int64) throws {
        let gone = "SELECT name FROM node WHERE last_heard < ?"
        try database.execute(sql: "DELETE FROM position WHERE node IN (\(gone))", arguments: [oldest])
        let empty = gone + " AND NOT EXISTS (SELECT 1 FROM finding WHERE finding.node = name)"
        for table in ["observation", "node_version"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE node IN (\(empty))", arguments: [oldest])
        }
        try database.execute(sql: "DELETE FROM node WHERE name IN (\(empty))", arguments: [oldest])
    }

    private func usedBytes(_ database: Database) throws -> Int {
        let pageBytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
        return (pages - free) * pageBytes
    }

    /// Brings the nodes that take most down to one level.
    /// - Returns: whether anything could be removed.
    private func removeExcess(_ excess: Int, _ database: Database) throws -> Bool {
        // States that hold cannot go: what is shared is the rest.
        let usage = try Row.fetchAll(
            database, sql: "SELECT node, sum(bytes) AS bytes FROM finding WHERE \(Self.hasEnded) GROUP BY node"
        ).map { row in
            (
                node: try row.decode(String.self, forColumn: "node"),
                bytes: try row.decode(Int.self, forColumn: "bytes")
            )
        }
        let total = usage.reduce(0) { $0.addingSaturated($1.bytes) }
        guard total > 0 else { return false }
        // What else takes space (positions, observations) costs no node more than down to half of an equal part.
        let nodes = try Int.fetchOne(database, sql: "SELECT count(*) FROM node") ?? 1
        let least = limits.storeBytesMax / (2 * max(1, nodes))
        let level = max(least, FairShare.level(usage.map(\.bytes), total: total - excess) ?? 0)
        var removed = false
        for (node, bytes) in usage where bytes > level {
            var left = bytes - level
            while left > 0 {
                let step = try Self.removeOldest(of: node, database)
                if step == 0 { break }
                left -= step
                removed = true
            }
        }
        return removed
    }

    /// Removes the oldest rows of a node that have ended.
    /// - Returns: their bytes; 0: there was none.
    static func removeOldest(
        of node: String, before time: Timestamp = Timestamp(microseconds: .max), _ database: Database
    ) throws -> Int {
        let oldest = """
            FROM finding WHERE node = ? AND last < ? AND \(hasEnded) ORDER BY last LIMIT \(rowsPerStep)
            """
        let arguments: StatementArguments = [node, time.microseconds]
        let bytes = try Int.fetchOne(
            database, sql: "SELECT sum(bytes) FROM (SELECT bytes \(oldest))", arguments: arguments)
        guard let bytes else { return 0 }
        try database.execute(
            sql: "DELETE FROM finding WHERE id IN (SELECT id \(oldest))", arguments: arguments)
        return bytes
    }
}
