import GRDB
package import Platform
import Synchronization
package import Wire

/// The embedded store: SQLite in WAL mode, every commit synced.
///
/// Batches that arrive together share one transaction, and so one sync; each has its own savepoint.
package final class SQLiteStore: Store {
    package let storeID: String
    private let pool: DatabasePool
    private let limits: RetentionLimits
    private let startedAt: Timestamp

    private struct Waiting {
        let batch: Batch
        let time: Timestamp
        let continuation: CheckedContinuation<Result<ApplyResult, StoreError>, Never>
    }

    private struct Queue {
        var waiting: [Waiting] = []
        var isWriting = false
    }

    private let queue = Mutex(Queue())
    private static let groupMax = 64

    /// Opens or creates `path`.
    /// - Parameter newID: the id of a store that is created here.
    package init(path: String, limits: RetentionLimits = RetentionLimits(), newID: String, now: Timestamp)
        throws(StoreError)
    {
        self.limits = limits
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
    }

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
        let result = await withCheckedContinuation { continuation in
            let mustWrite = queue.withLock { queue in
                queue.waiting.append(Waiting(batch: batch, time: now, continuation: continuation))
                defer { queue.isWriting = true }
                return !queue.isWriting
            }
            if mustWrite { Task { await self.drain() } }
        }
        return try result.get()
    }

    /// Writes group after group until nobody waits.
    private func drain() async {
        while true {
            let group = queue.withLock { queue in
                let group = Array(queue.waiting.prefix(Self.groupMax))
                queue.waiting.removeFirst(group.count)
                if group.isEmpty { queue.isWriting = false }
                return group
            }
            if group.isEmpty { return }
            await write(group)
        }
    }

    private func write(_ group: [Waiting]) async {
        let outcome: Result<[Result<ApplyResult, StoreError>], StoreError>
        do {
            let id = storeID
            let limit = limits.findingsPerNodeMax
            let batches = group.map { ($0.batch, $0.time) }
            let results = try await pool.write { database in
                try batches.map { batch, time -> Result<ApplyResult, StoreError> in
                    var result: Result<ApplyResult, StoreError>?
                    try database.inSavepoint {
                        do {
                            var applier = BatchApplier(database: database, storeID: id, findingsPerNodeMax: limit)
                            let applied = try applier.apply(batch, at: time)
                            result = .success(applied)
                            if case .conflict = applied { return .rollback }
                            return .commit
                        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
                            result = .failure(Self.translate(error))
                            return .rollback
                        }
                    }
                    return result ?? .failure(StoreError(code: .unavailable, message: "no result"))
                }
            }
            outcome = .success(results)
        } catch {
            outcome = .failure(Self.translate(error))
        }
        switch outcome {
        case .success(let results):
            for (waiting, result) in zip(group, results) { waiting.continuation.resume(returning: result) }
        case .failure(let error):
            for waiting in group { waiting.continuation.resume(returning: .failure(error)) }
        }
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
                    dropped: try Int.fetchOne(database, sql: "SELECT sum(dropped) FROM node") ?? 0,
                    changes: try SQLiteRows.changes(database, since: since))
            }
        } catch {
            throw Self.translate(error)
        }
    }

    package func note(versions: [String: [String: String]], at now: Timestamp) async throws(StoreError) {
        do {
            try await pool.write { database in
                for (node, own) in versions {
                    for (what, version) in own {
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

    package func close() async { try? pool.close() }
}
