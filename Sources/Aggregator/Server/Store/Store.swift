package import Platform
package import Wire

/// What happened to a batch.
package enum ApplyResult: Equatable, Sendable {
    /// Committed durably; also for a batch that was committed before, which changes nothing.
    case applied(Acknowledgement)
    /// A source's `from` is not what is committed; nothing was changed.
    case conflict(Acknowledgement)
}

/// Why a store could not read or write.
package struct StoreError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The disk is full; the same request may succeed later.
        case full
        /// Read-only, locked, or an I/O error; may succeed later.
        case unavailable
        case corrupt
        /// Too many batches wait already; the same request succeeds a little later.
        case busy
    }

    package let code: Code
    package let message: String
    package var description: String { message }

    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

/// Keeps findings, positions and nodes.
///
/// Contract (the contract suite runs it over every store):
/// - `apply` is one transaction: the findings and the end positions of all sources of a batch, or nothing. When it
///   returns `applied`, the batch survives the loss of power.
/// - A source whose `to` is committed already is not applied again; one whose `from` is not the committed position
///   makes the whole batch a `conflict`.
/// - States and observations of a batch older than the last one of that node (`NodeOrder`) are ignored.
/// - No node takes more than its share: what is over a node's own limits is refused and counted, or takes the place of
///   what is older of that node, and never of another one.
/// - What cannot be read of the store is left out and counted in the snapshot; it stops nothing else.
/// - Batches that wait to be written are limited; one beyond the limit is refused as `busy`, and nothing is changed.
/// - `storeID` is the same as long as the data lives, and another one in a new store.
package protocol Store: Sendable {
    var storeID: String { get }
    /// When an agent last reported, as far as it was known when the store was opened; nil: none ever did.
    var newestAtStart: Timestamp? { get }
    /// The node's positions and active states.
    func hello(node: String) async throws(StoreError) -> Acknowledgement
    func apply(_ batch: Batch, at now: Timestamp) async throws(StoreError) -> ApplyResult
    /// All nodes, and the findings that hold or were seen since `since`, within `RetentionLimits.snapshotBytesMax`:
    /// each node's share holds its active states first, then what is newest. What is left out is counted.
    func snapshot(since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot
    /// As `snapshot`, but of some nodes alone, and without changes on nodes.
    func snapshot(of nodes: [String], since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot
    /// Remembers the versions on nodes (node, then what, then version) and, of those that were other ones before, when
    /// they changed. Nodes that are not named stay as they were.
    func note(versions: [String: [String: String]], at now: Timestamp) async throws(StoreError)
    /// Removes what is too old, with nodes that did not report for as long, and, when the store is too large, the
    /// oldest of the nodes that take most of it.
    func retain(_ limits: RetentionLimits, at now: Timestamp) async throws(StoreError)
    /// nil when the store can be written.
    func problem() async -> StoreError?
    /// Ends all work of the store; batches that wait are written first, later ones are refused.
    /// - Returns: why it could not be closed cleanly; nil: it was.
    @discardableResult func close() async -> StoreError?
}

/// How long and how much is kept.
package struct RetentionLimits: Equatable, Sendable {
    var resolvedSeconds = 7 * 86_400.0
    var evidenceSeconds = 3 * 86_400.0
    var storeBytesMax = 1 << 30
    /// Findings of one node that hold or were seen in the last hour; a further one is refused and counted.
    var findingsPerNodeMax = 10_000
    /// Findings of one node of every kind and age; the oldest that have ended make room for new ones.
    var rowsPerNodeMax = 20_000
    /// Of those rows.
    var bytesPerNodeMax = 16 << 20
    /// States of one node that hold; a further one is refused and counted.
    var statesPerNodeMax = Acknowledgement.statesMax
    /// Log sources of one node; the one that did not move for longest makes room.
    var positionsPerNodeMax = Acknowledgement.positionsMax
    /// Of the findings that one snapshot takes into memory.
    var snapshotBytesMax = 128 << 20

    package init(
        resolvedSeconds: Double = 7 * 86_400.0, evidenceSeconds: Double = 3 * 86_400.0, storeBytesMax: Int = 1 << 30,
        findingsPerNodeMax: Int = 10_000
    ) {
        self.resolvedSeconds = resolvedSeconds
        self.evidenceSeconds = evidenceSeconds
        self.storeBytesMax = storeBytesMax
        self.findingsPerNodeMax = findingsPerNodeMax
    }
}
