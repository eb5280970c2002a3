package import CheckModel
import Documents
import Findings
package import KubernetesAPI
package import Platform
import YAML

/// Evaluates the best-practice audit: looks up related objects, folds what a controller made into the controller's
/// row, applies overrides. Pure.
package struct PracticeEvaluator {
    package let table: AuditTable
    package let set: PracticeCheckSet
    package let settings: CheckSettings
    package let now: Timestamp
    /// When each kind was read.
    package var observed: [ClusterKind: Timestamp] = [:]
    /// Kinds that are served and were not read whole: what is not seen of them may be there.
    package var unread: Set<GroupKind> = []
    /// Whether all objects of a kind are known in a namespace: one that is not there does not exist.
    package var isComplete: (_ kind: GroupKind, _ namespace: String) -> Bool = { _, _ in true }

    package init(
        table: AuditTable, set: PracticeCheckSet, settings: CheckSettings, now: Timestamp,
        observed: [ClusterKind: Timestamp] = [:], unread: Set<GroupKind> = []
    ) {
        self.table = table
        self.set = set
        self.settings = settings
        self.now = now
        self.observed = observed
        self.unread = unread
    }

    package struct Result {
        package var state = PracticeState()
        package var outcomes: [String: OutcomeCount] = [:]
        package var gaps: [CheckGap] = []

        package init() {}
    }

    package func evaluate() -> Result {
        var result = Result()
        result.state.set = set
        let relations = PracticeRelations(self)
        let isWanted = set.checks.map { settings.isEnabled($0.id) }
        for (place, check) in set.checks.enumerated() where isWanted[place] {
            result.outcomes[check.id] = OutcomeCount()
        }
        // Objects at the top have a row of their own; what a controller of another kind made shares one.
        var rows: [PracticeState.Row] = []
        var shared: [RowKey: Int] = [:]
        var owners: [ObjectReference: Bool] = [:]
        var problemCounts: [Int: (count: Int, first: String)] = [:]
        var counts = Counts(checks: set.checks.count)
        for record in sortedRecords() where !relations.isFolded(record) {
            let object = record.owner ?? record.object
            for (place, text) in record.problems where isWanted[place] {
                let known = problemCounts[place]
                problemCounts[place] = ((known?.count ?? 0) + 1, known?.first ?? "\(Self.name(record.object)): \(text)")
            }
            result.state.objects += 1
            var failed = CheckBits()
            var isFailing = false
            // Places of its rows: of built-in checks, of custom ones.
            var own: (Int?, Int?)
            let late = relations.failures(of: record)
            for index in 0..<(record.failures.count + late.count) {
                let isLate = index >= record.failures.count
                let failure = isLate ? late[index - record.failures.count] : record.failures[index]
                guard isWanted[failure.check], !relations.hasLimit(failure, record) else { continue }
                failed.insert(failure.check)
                guard let (severity, by) = judged(failure, object, &result) else { continue }
                let isCustom = set.checks[failure.check].isCustom
                let place = (isCustom ? own.1 : own.0) ?? self.place(object, isCustom, record, &rows, &shared)
                if isCustom { own.1 = place } else { own.0 = place }
                rows[place].add(failure, isLate ? nil : index, of: record, severity)
                if let by { rows[place].acknowledgedBy = by }
                if severity > .info { isFailing = true }
            }
            if record.owner != nil {
                owners[object] = owners[object] ?? false || isFailing
            } else {
                result.state.namespaces[object.namespace, default: .init()].workloads += 1
                if isFailing { result.state.namespaces[object.namespace]?.failing += 1 }
            }
            count(record, failed, relations.unseen(for: record), isWanted, &counts, &result)
        }
        counts.add(to: &result.outcomes, set.checks)
        for (object, isFailing) in owners {
            result.state.namespaces[object.namespace, default: .init()].workloads += 1
            if isFailing { result.state.namespaces[object.namespace]?.failing += 1 }
        }
        for (place, problem) in problemCounts {
            let more = problem.count > 1 ? " (+\(counted(problem.count - 1, "more object")))" : ""
            result.gaps.append(
                CheckGap(
                    check: set.checks[place].id, scope: "cluster", reason: .malformed, detail: problem.first + more))
        }
        for (id, problem) in set.broken {
            result.gaps.append(CheckGap(check: id, scope: "cluster", reason: .malformed, detail: problem.description))
        }
        result.state.rows = rows.sorted(by: Self.order)
        return result
    }

    private struct RowKey: Hashable {
        var object: ObjectReference
        var isCustom: Bool
        /// Files of several environments hold the same names; with line and column where the server makes the name.
        var file: String
    }

    static func order(_ a: PracticeState.Row, _ b: PracticeState.Row) -> Bool {
        if a.isCustom != b.isCustom { return a.isCustom }
        if a.severity != b.severity { return a.severity > b.severity }
        for (left, right) in [
            (a.object.namespace, b.object.namespace), (a.object.name, b.object.name), (a.object.kind, b.object.kind),
        ] where left != right { return Bytewise.precedes(left, right) }
        return Bytewise.precedes(a.id, b.id)
    }

    /// In a stable order.
    private func sortedRecords() -> [AuditRecord] {
        table.kinds.sorted { $0.key.description < $1.key.description }.flatMap { kind in
            kind.value.records.values.sorted { a, b in
                if a.object.namespace != b.object.namespace {
                    return Bytewise.precedes(a.object.namespace, b.object.namespace)
                }
                if a.object.name != b.object.name { return Bytewise.precedes(a.object.name, b.object.name) }
                guard let left = a.origin, let right = b.origin else { return false }
                return (left.file, left.lineOffset, left.node.mark) < (right.file, right.lineOffset, right.node.mark)
            }
        }
    }

    private func place(
        _ object: ObjectReference, _ isCustom: Bool, _ record: AuditRecord, _ rows: inout [PracticeState.Row],
        _ shared: inout [RowKey: Int]
    ) -> Int {
        var key = RowKey(object: object, isCustom: isCustom, file: record.origin?.file ?? "")
        if record.owner == nil, let origin = record.origin, ObjectMetadata.isGenerated(object.name) {
            key.file = origin.place(of: "")
        }
        if record.owner != nil || record.origin != nil, let known = shared[key] { return known }
        rows.append(newRow(key, record))
        if record.owner != nil || record.origin != nil { shared[key] = rows.count - 1 }
        return rows.count - 1
    }

    private func newRow(_ key: RowKey, _ record: AuditRecord) -> PracticeState.Row {
        let object = key.object
        let id = PracticeState.Row.id(
            kind: object.kind, namespace: object.namespace, name: object.name, isCustom: key.isCustom, file: key.file)
        var row = PracticeState.Row(id: id, object: object, isCustom: key.isCustom)
        row.observed = record.kind.clusterKind.flatMap { observed[$0] }
        if let entry = settings.overrides.entries.last(where: { $0.isAcknowledged && $0.ids.contains(row.id) }) {
            row.acknowledgedBy = entry.by.isEmpty ? "someone" : entry.by
        }
        return row
    }

    /// How bad a failure is, after settings and overrides, and who has acknowledged it; nil: it is silenced.
    private func judged(
        _ failure: AuditFailure, _ object: ObjectReference, _ result: inout Result
    ) -> (Severity, by: String?)? {
        let check = set.checks[failure.check]
        var severity = set.severity(of: check, isInfo: failure.isInfo)
        if let configured = settings.severities[check.id] { severity = configured }
        if settings.overrides.entries.isEmpty { return (severity, nil) }
        let target = OverrideTarget(check: check.id, namespace: object.namespace, name: object.name)
        let matching = settings.overrides.entries.filter { $0.matches(target) }
        if matching.contains(where: \.isIgnored) {
            result.state.silenced += 1
            return nil
        }
        if let overridden = matching.last(where: { $0.severity != nil })?.severity { severity = overridden }
        let acknowledgement = matching.last(where: \.isAcknowledged)
        return (severity, acknowledgement.map { $0.by.isEmpty ? "someone" : $0.by })
    }

    static func name(_ object: ObjectReference) -> String {
        "\(object.kind) \(object.namespace.isEmpty ? "" : object.namespace + "/")\(object.name)"
    }

    /// Results by check, in an array: names are looked up once.
    private struct Counts {
        var failed: [Int]
        var passed: [Int]

        init(checks: Int) {
            failed = Array(repeating: 0, count: checks)
            passed = failed
        }

        func add(to outcomes: inout [String: OutcomeCount], _ checks: [PracticeCheck]) {
            for (place, check) in checks.enumerated() where failed[place] + passed[place] > 0 {
                outcomes[check.id, default: .init()].finding += failed[place]
                outcomes[check.id, default: .init()].healthy += passed[place]
            }
        }
    }

    /// Per check and object one result: a finding, else healthy.
    private func count(
        _ record: AuditRecord, _ failed: CheckBits, _ unseen: CheckBits, _ isWanted: [Bool], _ counts: inout Counts,
        _ result: inout Result
    ) {
        var score = PracticeState.Score()
        for place in isWanted.indices
        where isWanted[place] && record.applied.contains(place) && record.problems[place] == nil {
            if failed.contains(place) {
                counts.failed[place] += 1
                let check = set.checks[place]
                if (check.severity ?? check.level) >= .danger { score.dangers += 1 } else { score.warnings += 1 }
            } else if !unseen.contains(place) {
                counts.passed[place] += 1
                score.passed += 1
            }
        }
        result.state.score.add(score)
        let namespace = (record.owner ?? record.object).namespace
        result.state.namespaces[namespace, default: .init()].score.add(score)
    }
}

extension PracticeState.Score {
    mutating func add(_ other: PracticeState.Score) {
        passed += other.passed
        warnings += other.warnings
        dangers += other.dangers
    }
}
