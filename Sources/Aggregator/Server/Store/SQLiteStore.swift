import GRDB
package import Platform
package import Wire

/// The embedded store: SQLite in WAL mode, every commit synced.
package final class SQLiteStore: Store {
    package let storeID: String
    private let pool: DatabasePool
    private let startedAt: Timestamp

    private let writer: SQLiteWriter
    /// Runs the writer until `close`.
    private let writing: Task<Void, Never>

    /// Opens or creates `path`.
    /// - Parameters:
    ///   - newID: the id of a store that is created here.
    ///   - waitingMax: batches that wait to be written; a further one is refused.
    package init(
        path: String, limits: RetentionLimits = RetentionLimits(), newID: String, now: Timestamp,
        waitingMax: Int = SQLiteWriter.waitingMax
    ) throws(StoreError) {
        startedAt = now
        do {
            var configuration = Configuration()
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
            }
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 2
            pool = try DatabasePool(path: path, configuration: configuration)
            try SQLiteSchema.migrator.migrate(pool)
            storeID = try pool.write { database in
                if let known = try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'store_id'") {
                    return known
                }
                try database.execute(sql: "INSERT INTO meta (key, value) VALUES ('store_id', ?)", arguments: [newID])
                return newID
            }
        } catch {
            throw Self.translate(error)
        }
        let writer = SQLiteWriter(
            pool: pool, storeID: storeID, findingsPerNodeMax: limits.findingsPerNodeMax, waitingMax: waitingMax)
        self.writer = writer
        writing = Task { await writer.run() }
    }

    /// A store that is dropped without `close` ends its writer as well.
    deinit { writer.close() }

    static func translate(_ error: any Error) -> StoreError {
        guard let error = error as? DatabaseError else {
            return StoreError(code: .unavailable, message: "\(error)")
        }
        // GRDB's description may hold bound values; the code and SQLite's own words do not.
        let message = "SQLite \(error.resultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL: return StoreError(code: .full, message: message)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return StoreError(code: .corrupt, message: message)
        default: return StoreError(code: .unavailable, message: message)
        }
    }

    package func hello(node: String) async throws(StoreError) -> Acknowledgement {
        do {
            let id = storeID
            return try await pool.read { database in
                Acknowledgement(
                    storeID: id, positions: try SQLiteRows.positions(database, node: node),
                    states: try SQLiteRows.activeStates(database, node: node))
            }
        } catch {
            throw Self.translate(error)
        }
    }

    package func apply(_ batch: Batch, at now: Timestamp) async throws(StoreError) -> ApplyResult {
        try await writer.apply(batch, at: now)
    }

    package func snapshot(since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot {
        do {
            let id = storeID
            let started = startedAt
            return try await pool.read { database in
                Snapshot(
                    generatedAt: now, startedAt: started, storeID: id, nodes: try SQLiteRows.nodes(database),
                    findings: try SQLiteRows.findings(database, since: since),
                    observations: try SQLiteRows.observations(database),
                    dropped: try SQLiteRows.dropped(database),
                    changes: try SQLiteRows.changes(database, since: since))
            }
        } catch {
            throw Self.translate(error)
        }
    }

    package func snapshot(
        of nodes: [String], since: Timestamp, now: Timestamp
    ) async throws(StoreError) -> Snapshot {
        do {
            let id = storeID
            let started = startedAt
            return try await pool.read { database in
                var snapshot = Snapshot(
                    generatedAt: now, startedAt: started, storeID: id, nodes: [], findings: [], observations: [],
                    dropped: try SQLiteRows.dropped(database))
                for node in nodes {
                    snapshot.nodes += try SQLiteRows.nodes(database, only: node)
                    snapshot.findings += try SQLiteRows.findings(database, since: since, of: node)
                    snapshot.observations += try SQLiteRows.observations(database, of: node)
                }
                return snapshot
            }
        } catch {
            throw Self.translate(error)
        }
    }

    package func note(versions: [String: [String: String]], at now: Timestamp) async throws(StoreError) {
        do {
            try await pool.write { database in
                for (node, known) in versions {
                    for (what, version) in known {
                        try SQLiteRows.note(database, node: node, what: what, version: version, at: now)
                    }
                }
            }
        } catch {
            throw Self.translate(error)
        }
    }

    package func retain(_ limits: RetentionLimits, at now: Timestamp) async throws(StoreError) {
        do {
            try await pool.write { database in
                try database.execute(
                    sql: "DELETE FROM finding WHERE last < ? AND (is_state = 0 OR resolved IS NOT NULL)",
                    arguments: [(now - limits.resolvedSeconds).microseconds])
                try database.execute(
                    sql: "DELETE FROM node_change WHERE time < ?",
                    arguments: [(now - limits.resolvedSeconds).microseconds])
                try database.execute(
                    sql: "UPDATE finding SET evidence = '' WHERE last < ? AND evidence <> ''",
                    arguments: [(now - limits.evidenceSeconds).microseconds])
                let pageBytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096
                func usedBytes() throws -> Int {
                    let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                    let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
                    return (pages - free) * pageBytes
                }
                while try usedBytes() > limits.storeBytesMax {
                    try database.execute(
                        sql: """
                            DELETE FROM finding WHERE id IN (SELECT id FROM finding \
                            WHERE is_state = 0 OR resolved IS NOT NULL ORDER BY last LIMIT 100)
                            """)
                    if database.changesCount == 0 { break }
                }
            }
        } catch {
            throw Self.translate(error)
        }
    }

    package func problem() async -> StoreError? {
        do {
            try await pool.write { database in
                try database.execute(
                    sql: "INSERT INTO meta (key, value) VALUES ('probe', '') ON CONFLICT (key) DO UPDATE SET value = ''"
                )
            }
            return nil
        } catch {
            return Self.translate(error)
        }
    }

    @discardableResult package func close() async -> StoreError? {
        writer.close()
        await writing.value
        do { try pool.close() } catch { return Self.translate(error) }
        return nil
    }
}
