import GRDB
package import Platform
package import Wire

/// The embedded store: SQLite in WAL mode, every commit synced.
package final class SQLiteStore: Store {
    package let storeID: String
    package let newestAtStart: Timestamp?
    private let pool: DatabasePool
    private let startedAt: Timestamp
    private let limits: RetentionLimits
    private let path: String

    private let writer: SQLiteWriter
    /// Runs the writer until `close`.
    private let writing: Task<Void, Never>

    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA recursive_triggers = ON")
            // A pod has no folder for temporary files: a statement that changes much would end with
            // SQLITE_IOERR_GETTEMPPATH, and so would each batch that is sent again.
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 2
        return configuration
    }

    /// Opens or creates `path`.
    /// - Parameters:
    ///   - newID: the id of a store that is created here.
    ///   - waitingMax: batches that wait to be written; a further one is refused.
    ///   - loss: of the store whose place this one takes.
    package init(
        path: String, limits: RetentionLimits = RetentionLimits(), newID: String, now: Timestamp,
        waitingMax: Int = SQLiteWriter.waitingMax, loss: Snapshot.StoreLoss? = nil
    ) throws(StoreError) {
        startedAt = now
        self.limits = limits
        self.path = path
        do {
            pool = try DatabasePool(path: path, configuration: Self.configuration)
            try SQLiteSchema.migrator.migrate(pool)
            newestAtStart = try pool.read { database in
                try Row.fetchOne(database, sql: "SELECT max(last_heard) AS newest FROM node").flatMap {
                    try? StoredRow(row: $0).optionalTime("newest")
                }
            }
            storeID = try pool.write { database in
                if let known = try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'store_id'") {
                    return known
                }
                try database.execute(sql: "INSERT INTO meta (key, value) VALUES ('store_id', ?)", arguments: [newID])
                if let loss {
                    try database.execute(
                        sql: "INSERT INTO meta (key, value) VALUES ('lost_at', ?), ('lost_reason', ?)",
                        arguments: [String(loss.time.microseconds), loss.reason])
                }
                return newID
            }
        } catch {
            throw Self.translate(error)
        }
        let writer = SQLiteWriter(
            pool: pool, storeID: storeID, limits: limits, waitingMax: waitingMax)
        self.writer = writer
        writing = Task { await writer.run() }
    }

    /// A store that is dropped without `close` ends its writer as well.
    deinit { writer.close() }

    static func translate(_ error: any Error) -> StoreError {
        if error is RowDecodingError {
            // GRDB's description holds the row; what is in it is nobody's business here.
            return StoreError(code: .corrupt, message: "a row is not what it should be")
        }
        guard let error = error as? DatabaseError else {
            return StoreError(code: .unavailable, message: "\(error)")
        }
        // GRDB's description may hold bound values; the code and SQLite's own words do not.
        let message = "SQLite \(error.resultCode.rawValue): \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL: return StoreError(code: .full, message: message)
        // Damage shows in many ways: a schema that lacks a table, a column of another type, a file that ends early.
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_SCHEMA, .SQLITE_MISMATCH, .SQLITE_INTERNAL,
            .SQLITE_FORMAT, .SQLITE_RANGE, .SQLITE_TOOBIG:
            return StoreError(code: .corrupt, message: message)
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHORT_READ:
            return StoreError(code: .corrupt, message: message)
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
            let bytesMax = limits.snapshotBytesMax
            return try await pool.read { database in
                var reader = RowReader()
                let found = try SQLiteRows.findings(database, since: since, bytesMax: bytesMax, &reader)
                let nodes = try reader.all(database, sql: "SELECT * FROM node ORDER BY name") { try $0.node }
                let observations = try reader.all(
                    database, sql: "SELECT * FROM observation ORDER BY node, check_id, source"
                ) { try $0.observation }
                let changes = try reader.all(
                    database, sql: "SELECT * FROM node_change WHERE time >= ? ORDER BY time, node, what",
                    arguments: [since.microseconds]
                ) { try $0.change }
                let dropped = try SQLiteRows.dropped(database, &reader)
                let loss = try SQLiteRows.loss(database).flatMap {
                    now.seconds(since: $0.time) <= Snapshot.StoreLoss.shownSeconds ? $0 : nil
                }
                return Snapshot(
                    generatedAt: now, startedAt: started, storeID: id, nodes: nodes, findings: found.findings,
                    observations: observations, dropped: dropped, changes: changes,
                    leftOut: found.leftOut > 0 ? found.leftOut : nil,
                    unreadable: reader.unreadable > 0 ? reader.unreadable : nil, loss: loss)
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
                var reader = RowReader()
                var snapshot = Snapshot(
                    generatedAt: now, startedAt: started, storeID: id, nodes: [], findings: [], observations: [],
                    dropped: try SQLiteRows.dropped(database, &reader))
                for node in nodes {
                    snapshot.nodes += try reader.all(
                        database, sql: "SELECT * FROM node WHERE name = ?", arguments: [node]
                    ) { try $0.node }
                    // Within its own share of the store, a node's findings are within any bound.
                    snapshot.findings += try SQLiteRows.findings(database, since: since, of: node, &reader)
                    snapshot.observations += try reader.all(
                        database, sql: "SELECT * FROM observation WHERE node = ? ORDER BY check_id, source",
                        arguments: [node]
                    ) { try $0.observation }
                    snapshot.changes =
                        try (snapshot.changes ?? [])
                        + reader.all(
                            database, sql: "SELECT * FROM node_change WHERE node = ? AND time >= ? ORDER BY time, what",
                            arguments: [node, since.microseconds]
                        ) { try $0.change }
                }
                snapshot.unreadable = reader.unreadable > 0 ? reader.unreadable : nil
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
            try await pool.write { try SQLiteRetention(limits: limits).run($0, at: now) }
        } catch {
            throw Self.translate(error)
        }
    }

    /// Changes the file past all rules: for tests of what a damaged one does.
    func write(_ change: @Sendable @escaping (Database) throws -> Void) async throws { try await pool.write(change) }

    /// Room for a batch: with less, small writes go on and what agents send is refused.
    private static let freeBytesMin = Batch.bytesMax

    /// Writes another value each time, because SQLite writes no page for an equal one, and reads it back.
    package func problem() async -> StoreError? {
        do throws(SystemError) {
            let free = try Files.freeBytes(path)
            if free < Self.freeBytesMin {
                return StoreError(code: .full, message: "the disk is full: \(free) bytes are free")
            }
        } catch {
            return StoreError(code: .unavailable, message: "\(error)")
        }
        do {
            let value = try await pool.write { database in
                try String.fetchOne(
                    database,
                    sql: """
                        INSERT INTO meta (key, value) VALUES ('probe', '1') ON CONFLICT (key) \
                        DO UPDATE SET value = (CAST(value AS INTEGER) + 1) % 1000000 RETURNING value
                        """)
            }
            let read = try await pool.read { database in
                try String.fetchOne(database, sql: "SELECT value FROM meta WHERE key = 'probe'")
            }
            guard value != nil, read != nil else {
                return StoreError(code: .corrupt, message: "what was written is not read back")
            }
            // A table that cannot be read is found before somebody asks for a report.
            try await pool.read { database in
                for table in ["node", "position", "finding", "observation"] {
                    _ = try Row.fetchOne(database, sql: "SELECT * FROM \(table) LIMIT 1")
                }
            }
            return nil
        } catch {
            return Self.translate(error)
        }
    }

    /// What a check of the whole file says is wrong with it; nil: nothing.
    func damage() async -> String? {
        do {
            return try await pool.read { database -> String? in
                let lines = try String.fetchAll(database, sql: "PRAGMA integrity_check(1)")
                if lines != ["ok"] { return lines.first ?? "the check of the file says nothing" }
                for table in ["meta", "node", "position", "finding", "observation", "node_version", "node_change"] {
                    _ = try Row.fetchOne(database, sql: "SELECT * FROM \(table) LIMIT 1")
                }
                return nil
            }
        } catch {
            let problem = Self.translate(error)
            return problem.code == .corrupt ? problem.message : nil
        }
    }

    @discardableResult package func close() async -> StoreError? {
        writer.close()
        await writing.value
        do { try pool.close() } catch { return Self.translate(error) }
        return nil
    }
}
