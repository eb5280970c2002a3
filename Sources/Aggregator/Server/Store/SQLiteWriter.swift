import GRDB
import Platform
import Synchronization
import Wire

/// Writes batches in the order in which they arrive. Those that arrive together share one transaction, and so one sync;
/// each has its own savepoint.
package final class SQLiteWriter: Sendable {
    /// Batches that wait, each of at most `Batch.bytesMax`. One sync takes some milliseconds and writes `groupMax` of
    /// them: at this limit the last one has waited for less than a second on a good disk.
    package static let waitingMax = 1024
    /// Batches of one transaction.
    static let groupMax = 64

    private struct Waiting {
        let batch: Batch
        let time: Timestamp
        let continuation: CheckedContinuation<Result<ApplyResult, StoreError>, Never>
    }

    private struct Queue {
        var waiting: [Waiting] = []
        var isClosed = false
    }

    private let pool: DatabasePool
    private let storeID: String
    private let limits: RetentionLimits
    private let waitingMax: Int
    private let queue = Mutex(Queue())
    private let wakeups: AsyncStream<Void>
    private let wakeup: AsyncStream<Void>.Continuation

    init(pool: DatabasePool, storeID: String, limits: RetentionLimits, waitingMax: Int) {
        self.pool = pool
        self.storeID = storeID
        self.limits = limits
        self.waitingMax = waitingMax
        (wakeups, wakeup) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func apply(_ batch: Batch, at now: Timestamp) async throws(StoreError) -> ApplyResult {
        let result = await withCheckedContinuation { continuation in
            let refusal = queue.withLock { queue -> StoreError? in
                if queue.isClosed { return StoreError(code: .unavailable, message: "the store is closed") }
                if queue.waiting.count >= waitingMax {
                    return StoreError(code: .busy, message: "\(waitingMax) batches are waiting to be written")
                }
                queue.waiting.append(Waiting(batch: batch, time: now, continuation: continuation))
                return nil
            }
            if let refusal { continuation.resume(returning: Result<ApplyResult, StoreError>.failure(refusal)) }
            wakeup.yield()
        }
        return try result.get()
    }

    /// Writes until `close`, and then what still waits.
    func run() async {
        for await _ in wakeups { await drain() }
        await drain()
    }

    func close() {
        queue.withLock { $0.isClosed = true }
        wakeup.finish()
    }

    /// Writes group after group until none waits.
    private func drain() async {
        while true {
            let group = queue.withLock { queue in
                let group = Array(queue.waiting.prefix(Self.groupMax))
                queue.waiting.removeFirst(group.count)
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
            let limits = limits
            let batches = group.map { ($0.batch, $0.time) }
            let results = try await pool.write { database in
                try batches.map { batch, time -> Result<ApplyResult, StoreError> in
                    var result: Result<ApplyResult, StoreError>?
                    try database.inSavepoint {
                        do {
                            var applier = BatchApplier(database: database, storeID: id, limits: limits)
                            let applied = try applier.apply(batch, at: time)
                            result = .success(applied)
                            if case .conflict = applied { return .rollback }
                            return .commit
                        } catch let error as DatabaseError where error.resultCode != .SQLITE_CONSTRAINT {
                            // The disk or the file: it concerns all of them.
                            throw error
                        } catch {
                            // This batch, or what is stored of its node: the others are written.
                            result = .failure(SQLiteStore.translate(error))
                            return .rollback
                        }
                    }
                    return result ?? .failure(StoreError(code: .unavailable, message: "no result"))
                }
            }
            outcome = .success(results)
        } catch {
            outcome = .failure(SQLiteStore.translate(error))
        }
        switch outcome {
        case .success(let results):
            for (waiting, result) in zip(group, results) { waiting.continuation.resume(returning: result) }
        case .failure(let error):
            for waiting in group { waiting.continuation.resume(returning: .failure(error)) }
        }
    }
}
