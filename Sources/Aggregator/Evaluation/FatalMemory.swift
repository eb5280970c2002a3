import ClusterIndex
import Findings
import Platform

/// Fatal findings need a second look (`FatalConfirmation`): when each was first seen, while parts are evaluated again.
struct FatalMemory {
    private var seen: [ClusterScope: [String: Timestamp]] = [:]

    /// Lowers fatal findings of a part that no earlier look has seen.
    /// - Returns: when to look again; nil: all are confirmed.
    mutating func confirm(_ result: inout PartitionResult, in scope: ClusterScope, at now: Timestamp) -> Timestamp? {
        let doubtful = result.findings.indices.filter { FatalConfirmation.isUnconfirmed(result.findings[$0]) }
        if doubtful.isEmpty {
            seen[scope] = nil
            return nil
        }
        let before = seen[scope] ?? [:]
        var known: [String: Timestamp] = [:]
        var again: Timestamp?
        for place in doubtful {
            let key = result.findings[place].key
            let first = before[key] ?? now
            known[key] = first
            if now.seconds(since: first) < FatalConfirmation.seconds {
                result.findings[place] = result.findings[place].with(.danger)
                let time = first + FatalConfirmation.seconds
                again = again.map { min($0, time) } ?? time
            }
        }
        seen[scope] = known
        return again
    }
}
