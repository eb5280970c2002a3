import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// One kill for memory is one row: systemd's line about the unit or scope, the kubelet's event and the kernel's counter
/// are evidence of the kernel's line, or of the container's status where no line was read.
struct KillFold {
    /// systemd and the kubelet tell of a kill within this time. Seconds.
    static let echoSeconds = 120.0
    static let check = "NodeOOM"
    static let unitReason = "SystemdUnitOOMKilled"

    /// Rows of one node that are looked at.
    static let rowsMax = 500

    let view: ClusterView
    let containers: ContainerLookup

    func fold(_ rows: inout FoldedRows) {
        let nodes = rows.places { row in
            [Self.check, "PodOOMKilled"].contains(row.detection.check) && !row.node.isEmpty ? row.node : nil
        }
        for (node, places) in nodes where places.count > 1 || rows[places[0]].detection.reason == Self.unitReason {
            fold(Array(places.prefix(Self.rowsMax)), node, &rows)
        }
    }

    private enum Kind { case line, status, unit, event, counter }

    private func kind(_ row: EvaluatedFinding.Content) -> Kind {
        if row.detection.check != Self.check { return .status }
        if !row.hasAgent { return .event }
        if row.detection.reason == Self.unitReason { return .unit }
        let isCounter = !row.evidence.isEmpty && row.evidence.allSatisfy { $0.source.hasPrefix("sampler") }
        return isCounter ? .counter : .line
    }

    private func fold(_ places: [Int], _ node: String, _ rows: inout FoldedRows) {
        let kinds = Dictionary(grouping: places) { kind(rows[$0]) }
        let lines = kinds[.line] ?? [], statuses = kinds[.status] ?? []
        var byText: [String: Int] = [:]
        for place in lines { for id in Self.ids(rows[place].texts) { byText[id] = place } }
        for place in kinds[.unit] ?? [] {
            let unit = rows[place].detection.subject
            let line = byText[Self.id(of: unit)].flatMap { isEcho(place, of: $0, rows) ? $0 : nil }
            if let line {
                rows.fold(place, into: line)
                continue
            }
            guard let (pod, container) = owner(of: Self.id(of: unit), on: node) else { continue }
            let status = (lines + statuses).first {
                rows[$0].detection.object.name == pod.name && rows[$0].detection.object.namespace == pod.namespace
                    && [container, ""].contains(rows[$0].detection.subject) && isEcho(place, of: $0, rows)
            }
            if let status {
                rows.fold(place, into: status)
            } else {
                attribute(place, pod, container, &rows)
            }
        }
        for place in kinds[.event] ?? [] {
            // Of more kills than texts are kept the process cannot be compared.
            let line = lines.first {
                rows[$0].count > rows[$0].evidence.count && rows[$0].evidence.count >= Evidence.perFindingMax
                    && isEcho(place, of: $0, rows)
            }
            if let line { rows.fold(place, into: line) }
        }
        for place in kinds[.counter] ?? [] {
            // A counter of one container belongs to its row, the node's to any.
            let object = rows[place].detection.object
            let line = (lines + statuses).first {
                rows.overlap($0, place) && (object.kind == "Node" || rows[$0].detection.object == object)
            }
            if let line { rows.fold(place, into: line) }
        }
    }

    private func isEcho(_ place: Int, of line: Int, _ rows: FoldedRows) -> Bool {
        rows[place].first.seconds(since: rows[line].last) <= Self.echoSeconds
            && rows[line].first.seconds(since: rows[place].last) <= Self.echoSeconds
    }

    /// Units and container ids that texts name: the last parts of control group paths.
    private static func ids(_ texts: [String]) -> Set<String> {
        var ids: Set<String> = []
        for text in texts {
            for word in text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "=" }) where word.contains("/") {
                if let last = word.split(separator: "/").last { ids.insert(id(of: String(last))) }
            }
        }
        return ids
    }

    /// The container's id of a scope (`cri-containerd-<64 hex>.scope`, `crio-…`, `docker-…`); else the unit's name.
    private static func id(of unit: String) -> String {
        let name = unit.hasSuffix(".scope") ? String(unit.dropLast(6)) : unit
        let last = name.split(separator: "-").last.map(String.init) ?? name
        return last.count >= 12 && last.allSatisfy(\.isHexDigit) ? String(last.prefix(12)) : unit
    }

    private func owner(of id: String, on node: String) -> (ObjectReference, String)? {
        guard id.count == 12, let found = containers[id], found.pod.node == node else { return nil }
        return (found.pod.reference, found.name)
    }

    private func attribute(_ place: Int, _ pod: ObjectReference, _ container: String, _ rows: inout FoldedRows) {
        guard let record = view.index.pods[pod.namespace, pod.name] else { return }
        rows[place].detection.object = pod
        rows[place].detection.subject = container
        rows[place].detection.message += " [\(view.placeText(record, container: container))]"
        let owner = view.owner(of: record)
        if owner != pod { rows[place].owner = owner }
        rows[place].labels = record.labels.labels
    }
}

/// The containers of a part's pods by the first twelve digits of their ids. Made when it is first asked.
final class ContainerLookup {
    private let view: ClusterView
    private lazy var all: [String: (pod: PodRecord, name: String)] = view.pods.reduce(into: [:]) {
        all, pod in
        for container in pod.containers where !container.shortID.isEmpty {
            all[container.shortID] = (pod, container.name)
        }
    }

    init(_ view: ClusterView) { self.view = view }

    subscript(id: String) -> (pod: PodRecord, name: String)? { all[id] }
}
