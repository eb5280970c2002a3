import Checks
import ClusterIndex
import Findings
import Platform

/// One row for what happens to many objects of one owner in the same way: the Jobs of a CronJob, a workload's pods that
/// a node evicts.
struct OwnerFold {
    private static let evictions: Set<String> = ["Evicted", "Preempting"]

    let view: ClusterView

    private struct Key: Hashable {
        var owner: ObjectReference
        var node = ""
        var check: String
        var reason = ""
        var container = ""
    }

    func fold(_ rows: inout FoldedRows) {
        for (_, places) in rows.places(by: eviction).sorted(by: { $0.value[0] < $1.value[0] }) {
            // The row of the owner says how many; without it the newest event stands for all.
            let lead = places.first { rows[$0].events.isEmpty } ?? newest(places, rows)
            let pods = Set(places.map { rows[$0].detection.object }.filter { $0.kind == "Pod" }.map(\.name))
            rows[lead].count = max(rows[lead].count, pods.count)
            for place in places { rows.fold(place, into: lead) }
        }
        for (key, places) in rows.places(by: { self.job($0) }).sorted(by: { $0.value[0] < $1.value[0] }) {
            collapse(places, of: key.owner, &rows)
        }
        foldEventsOfEvicted(&rows)
    }

    private static func plain(_ object: ObjectReference) -> ObjectReference {
        ObjectReference(kind: object.kind, namespace: object.namespace, name: object.name)
    }

    private func eviction(_ row: EvaluatedFinding.Content) -> Key? {
        let check = row.detection.check
        let isEviction = check == "PodNotReady" && Self.evictions.contains(row.detection.reason)
        guard isEviction || check == "PodFailed", !row.isState else { return nil }
        return Key(
            owner: Self.plain(row.owner ?? row.detection.object), node: row.node, check: row.detection.check,
            reason: row.detection.reason)
    }

    /// Of Jobs of a CronJob, and of their pods: a new one comes with each run.
    private func job(_ row: EvaluatedFinding.Content) -> Key? {
        guard let owner = row.owner, owner.kind == "CronJob", ["Job", "Pod"].contains(row.detection.object.kind) else {
            return nil
        }
        let isPod = row.detection.object.kind == "Pod"
        return Key(
            owner: Self.plain(owner), node: isPod ? row.node : "", check: row.detection.check,
            reason: row.isPlain ? row.detection.reason : isPod ? "pod" : "", container: row.container ?? "")
    }

    private func collapse(_ places: [Int], of owner: ObjectReference, _ rows: inout FoldedRows) {
        let lead = newest(places, rows)
        var identity = rows[lead].detection
        identity.object = owner
        identity.subject = rows[lead].container ?? ""
        // The same row whichever run is the last.
        rows[lead].id = identity.key
        guard places.count > 1 else { return }
        let objects = Set(places.map { rows[$0].detection.object.name })
        let counts = places.map { rows[$0].count }
        if objects.count > 1 {
            let last = rows[lead].detection, what = last.object.kind == "Job" ? "Jobs" : "pods"
            rows[lead].detection.object = owner
            rows[lead].detection.message =
                "\(objects.count) \(what) of \(owner.kind) \(owner.name), last \(last.object.name): \(last.message)"
        }
        for place in places { rows.fold(place, into: lead) }
        rows[lead].count = counts.reduce(0, +)
    }

    /// What else is said of pods that were evicted or failed.
    private func foldEventsOfEvicted(_ rows: inout FoldedRows) {
        let evicted = rows.places(by: eviction)
        guard !evicted.isEmpty else { return }
        for place in rows.rows.indices where rows.isStanding(place) && rows[place].isPlain {
            let object = rows[place].detection.object
            guard object.kind == "Pod", let pod = view.index.pods[object.namespace, object.name],
                let failure = pod.failure
            else { continue }
            let key = Key(
                owner: Self.plain(view.owner(of: pod)), node: pod.node,
                check: failure.isDisruption ? "PodNotReady" : "PodFailed", reason: failure.reason)
            if let lead = evicted[key]?.first { rows.fold(place, into: lead) }
        }
    }

    private func newest(_ places: [Int], _ rows: FoldedRows) -> Int {
        places.max { (rows[$0].last, rows[$0].id) < (rows[$1].last, rows[$1].id) } ?? places[0]
    }
}
