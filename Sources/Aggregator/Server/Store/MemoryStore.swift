import Findings
package import Platform
import Synchronization
package import Wire

/// A store in memory, held to the same contract as the embedded one: for tests of other rooms, and to compare the next
/// stores with.
package final class MemoryStore: Store {
    /// What outlives a store that is closed, as a file outlives the program that wrote it.
    package final class Disk: Sendable {
        fileprivate let contents = Mutex(MemoryContents())

        package init() {}
    }

    package let storeID: String
    package let newestAtStart: Timestamp?
    private let disk: Disk
    private let limits: RetentionLimits
    private let startedAt: Timestamp

    /// - Parameter newID: the id of a disk that holds no store yet.
    package init(
        on disk: Disk = Disk(), limits: RetentionLimits = RetentionLimits(), newID: String, now: Timestamp
    ) {
        self.disk = disk
        self.limits = limits
        startedAt = now
        newestAtStart = disk.contents.withLock { $0.nodes.values.map(\.shown.lastReport).max() }
        storeID = disk.contents.withLock { contents in
            let id = contents.storeID ?? newID
            contents.storeID = id
            return id
        }
    }

    package func hello(node: String) async throws(StoreError) -> Acknowledgement {
        disk.contents.withLock { contents in
            Acknowledgement(
                storeID: storeID, positions: contents.positions[node] ?? [:], states: contents.activeStates(node))
        }
    }

    package func apply(_ batch: Batch, at now: Timestamp) async throws(StoreError) -> ApplyResult {
        disk.contents.withLock { contents in
            if !contents.follows(batch) {
                return .conflict(Acknowledgement(storeID: storeID, positions: contents.positions[batch.node] ?? [:]))
            }
            contents.apply(batch, at: now, limits)
            return .applied(Acknowledgement(storeID: storeID, positions: contents.positions[batch.node] ?? [:]))
        }
    }

    package func snapshot(since: Timestamp, now: Timestamp) async throws(StoreError) -> Snapshot {
        disk.contents.withLock { contents in
            let found = contents.current(since: since, bytesMax: limits.snapshotBytesMax)
            let observations = contents.observations.sorted { $0.key < $1.key }.flatMap { node, all in
                all.sorted { ($0.check, $0.source) < ($1.check, $1.source) }
                    .map { Snapshot.NodeObservation(node: node, observation: $0) }
            }
            return Snapshot(
                generatedAt: now, startedAt: startedAt, storeID: storeID,
                nodes: contents.nodes.values.map(\.shown).sorted { $0.name < $1.name },
                findings: found.findings.sorted { $0.id < $1.id }, observations: observations,
                dropped: contents.dropped,
                changes: contents.changes.filter { $0.time >= since }
                    .sorted { ($0.time, $0.node, $0.what) < ($1.time, $1.node, $1.what) },
                leftOut: found.leftOut > 0 ? found.leftOut : nil)
        }
    }

    package func snapshot(
        of nodes: [String], since: Timestamp, now: Timestamp
    ) async throws(StoreError) -> Snapshot {
        var snapshot = try await snapshot(since: since, now: now)
        let wanted = Set(nodes)
        snapshot.nodes.removeAll { !wanted.contains($0.name) }
        snapshot.findings.removeAll { !wanted.contains($0.node) }
        snapshot.observations.removeAll { !wanted.contains($0.node) }
        snapshot.changes?.removeAll { !wanted.contains($0.node) }
        return snapshot
    }

    package func note(versions: [String: [String: String]], at now: Timestamp) async throws(StoreError) {
        disk.contents.withLock { contents in
            for (node, versions) in versions {
                for (what, version) in versions {
                    let known = contents.versions[node, default: [:]].updateValue(version, forKey: what)
                    guard let known, known != version else { continue }
                    contents.changes.append(NodeChange(node: node, what: what, old: known, new: version, time: now))
                }
            }
        }
    }

    package func retain(_ limits: RetentionLimits, at now: Timestamp) async throws(StoreError) {
        disk.contents.withLock { $0.retain(limits, at: now) }
    }

    package func problem() async -> StoreError? { nil }

    @discardableResult package func close() async -> StoreError? { nil }
}
