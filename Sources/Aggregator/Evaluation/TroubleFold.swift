import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// Makes one row of what is one trouble: events become evidence of the row that their object has, a kill is one row
/// however many logs tell of it, a hung runtime is not also the kubelet's and the node's.
///
/// A pure function over findings that lie together: those of a node with its pods, of a namespace, of the control
/// plane. Every step looks rows up by object, container, node or owner; none compares all with all.
struct TroubleFold {
    /// Lines of the kubelet and the runtime about pods that they cannot start or end.
    private static let podLines: Set<String> = ["KubeletError", "RuntimeError"]

    private static let consequences: Set<String> = ["PodNotReady", "PodNotStarted"]

    /// Rows of one object that are looked at.
    static let rowsMax = 200
    /// Rows of one check on a node that take others in.
    private static let leadsMax = 8

    private let view: ClusterView
    private let containers: ContainerLookup

    init(_ view: ClusterView) {
        self.view = view
        containers = ContainerLookup(view)
    }

    struct PodKey: Hashable {
        var namespace: String
        var name: String

        init?(_ object: ObjectReference) {
            guard object.kind == "Pod", !object.name.isEmpty else { return nil }
            namespace = object.namespace
            name = object.name
        }

        init(_ namespace: String, _ name: String) {
            self.namespace = namespace
            self.name = name
        }
    }

    /// - Parameter findings: joined, of one part of the state.
    func fold(_ findings: [EvaluatedFinding.Content]) -> [EvaluatedFinding.Content] {
        var rows = FoldedRows(findings.map(owned))
        KillFold(view: view, containers: containers).fold(&rows)
        for (_, places) in rows.places(by: { PodKey($0.detection.object) }) where places.count > 1 {
            foldPod(Array(places.prefix(Self.rowsMax)), &rows)
        }
        foldPodLines(&rows)
        for (_, places) in rows.places(by: Self.node) {
            foldConditions(places, &rows)
            foldDeclared(places, .node, &rows)
        }
        OwnerFold(view: view).fold(&rows)
        for (_, places) in rows.places(by: Self.other) where places.count > 1 { foldEvents(places, &rows) }
        return rows.standing.map(\.marked)
    }

    private static func node(_ row: EvaluatedFinding.Content) -> String? {
        row.detection.object.kind == "Node" && !row.node.isEmpty ? row.node : nil
    }

    private static func other(_ row: EvaluatedFinding.Content) -> ObjectReference? {
        let object = row.detection.object
        guard object.kind != "Pod", object.kind != "Node", !object.name.isEmpty else { return nil }
        return ObjectReference(kind: object.kind, namespace: object.namespace, name: object.name)
    }

    /// A Job's findings are its CronJob's.
    private func owned(_ finding: EvaluatedFinding.Content) -> EvaluatedFinding.Content {
        let object = finding.detection.object
        guard object.kind == "Job", finding.owner == nil, let job = view.index.jobs[object.namespace, object.name],
            job.ownerKind == "CronJob"
        else { return finding }
        var finding = finding
        finding.owner = ObjectReference(kind: "CronJob", namespace: job.namespace, name: job.ownerName)
        return finding
    }

    // MARK: One object

    private func foldPod(_ places: [Int], _ rows: inout FoldedRows) {
        let own = places.filter { !rows[$0].isPlain && !Self.podLines.contains(rows[$0].detection.check) }
        foldTexts(own, &rows)
        foldDeclared(own, .container, &rows)
        let standing = own.filter { rows.isStanding($0) }
        // That the pod is not ready, or has not started, follows from whatever else is said of it.
        for place in standing where Self.consequences.contains(rows[place].detection.check) {
            let others = standing.filter { $0 != place && rows.isStanding($0) && rows.overlap($0, place) }
            if let lead = worst(others, rows) { rows.fold(place, into: lead) }
        }
        for place in standing where rows[place].detection.check == "PodNotStarted" {
            foldStart(place, into: places, &rows)
        }
        let targets = standing.filter { rows.isStanding($0) }
        for place in places where rows[place].isPlain {
            let same = targets.filter { rows[$0].isSameContainer(as: rows[place]) }
            let named = same.filter { rows[$0].container == rows[place].container }
            if let lead = worst(named.isEmpty ? same : named, rows) { rows.fold(place, into: lead) }
        }
    }

    /// An event that tells what hinders a pod's start says more than that it has not started, and is as bad.
    private func foldStart(_ place: Int, into places: [Int], _ rows: inout FoldedRows) {
        guard rows.isStanding(place) else { return }
        let events = places.filter {
            rows.isStanding($0) && rows[$0].isPlain && ObjectEnds.startReasons.contains(rows[$0].detection.reason)
                && rows.overlap($0, place)
        }
        guard let lead = events.max(by: { (rows[$0].last, rows[$0].id) < (rows[$1].last, rows[$1].id) }) else { return }
        rows[lead].detection.severity = max(rows[lead].detection.severity, rows[place].detection.severity)
        rows.fold(place, into: lead)
        for other in events { rows.fold(other, into: lead) }
    }

    /// Several texts of one check about one container are one row.
    private func foldTexts(_ own: [Int], _ rows: inout FoldedRows) {
        var first: [String: Int] = [:]
        for place in own.sorted(by: { rows[$0].last > rows[$1].last }) {
            let key = "\(rows[place].detection.check)\u{1F}\(rows[place].container ?? "")"
            if let known = first[key], rows.overlap(known, place) {
                rows.fold(place, into: known)
            } else {
                first[key] = place
            }
        }
        // A text without a container, beside one of the same check that names it.
        for place in own where rows.isStanding(place) && rows[place].container == nil {
            let check = rows[place].detection.check
            let named = own.filter {
                rows.isStanding($0) && rows[$0].detection.check == check && rows[$0].container != nil
                    && rows.overlap($0, place)
            }
            if named.count == 1 { rows.fold(place, into: named[0]) }
        }
    }

    /// The line that began a condition is the condition's evidence while that holds.
    private func foldConditions(_ places: [Int], _ rows: inout FoldedRows) {
        func rule(_ place: Int) -> String? {
            let detection = rows[place].detection
            return detection.rule.isEmpty ? nil : "\(detection.rule)\u{1F}\(detection.check)"
        }
        var holding: [String: Int] = [:]
        for place in places where rows[place].isState && !rows[place].condition.isEmpty {
            if let rule = rule(place), holding[rule] == nil { holding[rule] = place }
        }
        if holding.isEmpty { return }
        for place in places where !rows[place].isState {
            guard let condition = rule(place).flatMap({ holding[$0] }), rows.overlap(condition, place) else { continue }
            rows.fold(place, into: condition)
        }
    }

    /// What the catalogue declares to be the same trouble, the most upstream row first.
    private func foldDeclared(_ places: [Int], _ scope: CheckEntry.Fold.Scope, _ rows: inout FoldedRows) {
        guard places.count > 1 else { return }
        func rank(_ place: Int) -> Int { Catalogue.builtIn[rows[place].detection.check]?.rank ?? .max }
        let order = places.sorted { (rank($0), rows[$0].id) < (rank($1), rows[$1].id) }
        let byCheck = Dictionary(grouping: order) { rows[$0].detection.check }
        var leads: [String: Int] = [:]
        for place in order where rows.isStanding(place) {
            leads[rows[place].detection.check, default: 0] += 1
            guard leads[rows[place].detection.check, default: 0] <= Self.leadsMax else { continue }
            // A row also stands for those that were joined to it.
            var waiting = [rows[place].detection.check] + rows[place].detection.also
            var done: Set<String> = []
            while let check = waiting.popLast() {
                guard done.insert(check).inserted, let entry = Catalogue.builtIn[check] else { continue }
                for fold in entry.folds where fold.scope == scope {
                    for other in fold.checks.sorted().flatMap({ byCheck[$0] ?? [] })
                    where other != place && rows.isStanding(other) {
                        guard !fold.isOfStates || rows[other].isState && rows[place].isState,
                            rows.overlap(other, place),
                            scope == .node || rows[other].isSameContainer(as: rows[place]),
                            fold.says.map({ rows[other].says($0) }) ?? true
                        else { continue }
                        waiting.append(rows[other].detection.check)
                        rows.fold(other, into: place)
                    }
                }
            }
        }
    }

    /// The row that says most: the worst, then the most upstream.
    private func worst(_ places: [Int], _ rows: FoldedRows) -> Int? {
        places.filter { rows.isStanding($0) }.min { a, b in
            let left = rows[a].detection, right = rows[b].detection
            if left.severity != right.severity { return left.severity > right.severity }
            let ranks = (Catalogue.builtIn[left.check]?.rank ?? .max, Catalogue.builtIn[right.check]?.rank ?? .max)
            return ranks.0 != ranks.1 ? ranks.0 < ranks.1 : rows[a].id < rows[b].id
        }
    }

    /// Events of an object that has a row: its evidence. That a workload lacks replicas says less than why.
    private func foldEvents(_ places: [Int], _ rows: inout FoldedRows) {
        let own = places.filter {
            !rows[$0].isPlain && !["WorkloadUnavailable", "RolloutStuck"].contains(rows[$0].detection.check)
        }
        guard let lead = worst(own, rows) else { return }
        for place in places where rows[place].isPlain { rows.fold(place, into: lead) }
    }

    // MARK: Lines about pods

    /// What the kubelet and the runtime log about a pod that has a row is evidence of it; a line about one pod without
    /// a row is a row of that pod. One failure makes several lines of each, so they are not counted.
    private func foldPodLines(_ rows: inout FoldedRows) {
        let pods = rows.places { PodKey($0.detection.object) }
        var starts: [String: Int] = [:]
        for place in pods.values.joined().sorted() where !Self.podLines.contains(rows[place].detection.check) {
            for text in rows[place].texts {
                if let error = Self.startError(text) { starts["\(rows[place].node)\u{1F}\(error)"] = place }
            }
        }
        var lines: [PodKey: Int] = [:]
        let told = rows.rows.indices.filter { place in
            rows.isStanding(place) && !rows[place].isApart && Self.podLines.contains(rows[place].detection.check)
        }
        // The kubelet's line first: it says more of the pod than the runtime's.
        for place in told.sorted(by: { (rows[$0].detection.check, $0) < (rows[$1].detection.check, $1) }) {
            let node = rows[place].node
            let named = keys(rows[place])
            let targets = named.map { key in
                (pods[key] ?? []).filter {
                    rows.isStanding($0) && !Self.podLines.contains(rows[$0].detection.check)
                        && rows.overlap($0, place)
                }
            }
            if !targets.isEmpty, targets.allSatisfy({ !$0.isEmpty }) {
                for target in targets.reversed() {
                    if let lead = worst(target, rows) { rows.fold(place, into: lead) }
                }
            } else if let known = rows[place].texts.lazy.compactMap({ Self.startError($0) })
                .compactMap({ starts["\(node)\u{1F}\($0)"] }).first(where: { rows.overlap($0, place) })
            {
                rows.fold(place, into: known)
            } else if named.count == 1, let pod = view.index.pods[named[0].namespace, named[0].name] {
                if let known = lines[named[0]], rows.overlap(known, place) {
                    rows.fold(place, into: known)
                    continue
                }
                lines[named[0]] = place
                let owner = view.owner(of: pod)
                rows[place].detection.object = pod.reference
                if owner != pod.reference { rows[place].owner = owner }
                rows[place].labels = pod.labels.labels
            }
        }
    }

    private func keys(_ row: EvaluatedFinding.Content) -> [PodKey] {
        if let key = PodKey(row.detection.object) { return [key] }
        var keys: [PodKey] = []
        for name in PodNames.named(in: [row.detection.subject] + row.texts) {
            let key = view.pod(name).map { PodKey($0.namespace, $0.name) } ?? PodKey(name.namespace, name.name)
            if !keys.contains(key) { keys.append(key) }
        }
        return keys
    }

    /// The end of an OCI runtime's error, which the runtime's log, the kubelet's and the pod's status all carry.
    static func startError(_ text: String) -> String? {
        // Nearly no text has one, and to look for each mark costs.
        guard text.utf8.count > 20, text.contains("create failed: ") else { return nil }
        for mark in ["runc create failed: ", "OCI runtime create failed: ", "crun create failed: "] {
            guard let start = text.ranges(of: mark).last?.upperBound else { continue }
            var error = text[start...].filter { $0 != "\\" && $0 != "\"" && $0 != "'" }
            if let end = error.firstRange(of: ": unknown") { error = String(error[..<end.lowerBound]) }
            return error.isEmpty ? nil : String(error.prefix(200))
        }
        return nil
    }
}
