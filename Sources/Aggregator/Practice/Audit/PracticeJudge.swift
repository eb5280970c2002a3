package import CheckModel
import Findings
package import KubernetesAPI
package import Platform
import YAML

/// Makes rows of audits: looks for related objects, folds what a controller made into it, applies overrides. Pure.
package struct PracticeJudge {
    package let table: AuditTable
    package let set: WorkloadCheckSet
    package let settings: CheckSettings
    package let now: Timestamp
    /// When each kind was read.
    package var observed: [ClusterKind: Timestamp] = [:]

    package init(
        table: AuditTable, set: WorkloadCheckSet, settings: CheckSettings, now: Timestamp,
        observed: [ClusterKind: Timestamp] = [:]
    ) {
        self.table = table
        self.set = set
        self.settings = settings
        self.now = now
        self.observed = observed
    }

    package struct Result {
        package var state = PracticeState()
        package var outcomes: [String: OutcomeCount] = [:]
        package var gaps: [CheckGap] = []
    }

    package func judge() -> Result {
        var result = Result()
        result.state.set = set
        let run = Run(self)
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
        for record in sortedRecords() where !run.isFolded(record) {
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
            let late = run.relations(record)
            for index in 0..<(record.failures.count + late.count) {
                let isLate = index >= record.failures.count
                let failure = isLate ? late[index - record.failures.count] : record.failures[index]
                guard isWanted[failure.check], !run.hasLimit(failure, record) else { continue }
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
            count(record, failed, isWanted, &counts, &result)
        }
        counts.add(to: &result.outcomes, set.checks)
        for (object, isFailing) in owners {
            result.state.namespaces[object.namespace, default: .init()].workloads += 1
            if isFailing { result.state.namespaces[object.namespace]?.failing += 1 }
        }
        for (place, problem) in problemCounts {
            let more = problem.count > 1 ? " (+\(problem.count - 1) more objects)" : ""
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
        /// Files of several environments hold the same names.
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
        let key = RowKey(object: object, isCustom: isCustom, file: record.origin?.file ?? "")
        if record.owner != nil || record.origin != nil, let known = shared[key] { return known }
        rows.append(newRow(key, record))
        if record.owner != nil || record.origin != nil { shared[key] = rows.count - 1 }
        return rows.count - 1
    }

    private func newRow(_ key: RowKey, _ record: AuditRecord) -> PracticeState.Row {
        var hash = StableHash()
        for part in [
            "practice", key.isCustom ? "custom" : "built-in", key.object.kind, key.object.namespace, key.object.name,
            key.file,
        ] {
            hash.combine(part)
        }
        var row = PracticeState.Row(id: hash.hex, object: key.object, isCustom: key.isCustom)
        row.observed = record.kind.clusterKind.flatMap { observed[$0] }
        if let taken = settings.overrides.entries.last(where: { $0.isAcknowledged && $0.ids.contains(row.id) }) {
            row.acknowledgedBy = taken.by.isEmpty ? "someone" : taken.by
        }
        return row
    }

    /// How bad a failure is, after settings and overrides, and who has taken note; nil: it is silenced.
    private func judged(
        _ failure: AuditFailure, _ object: ObjectReference, _ result: inout Result
    ) -> (Severity, by: String?)? {
        let check = set.checks[failure.check]
        var severity = set.severity(of: check, isInfo: failure.isInfo)
        if let own = settings.severities[check.id] { severity = own }
        if settings.overrides.entries.isEmpty { return (severity, nil) }
        let target = OverrideTarget(check: check.id, namespace: object.namespace, name: object.name)
        let matching = settings.overrides.entries.filter { $0.matches(target) }
        if matching.contains(where: \.isIgnored) {
            result.state.silenced += 1
            return nil
        }
        if let own = matching.last(where: { $0.severity != nil })?.severity { severity = own }
        let taken = matching.last(where: \.isAcknowledged)
        return (severity, taken.map { $0.by.isEmpty ? "someone" : $0.by })
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

        func add(to outcomes: inout [String: OutcomeCount], _ checks: [WorkloadCheck]) {
            for (place, check) in checks.enumerated() where failed[place] + passed[place] > 0 {
                outcomes[check.id, default: .init()].finding += failed[place]
                outcomes[check.id, default: .init()].healthy += passed[place]
            }
        }
    }

    /// Per check and object one result: a finding, else healthy.
    private func count(
        _ record: AuditRecord, _ failed: CheckBits, _ isWanted: [Bool], _ counts: inout Counts, _ result: inout Result
    ) {
        var score = PracticeState.Score()
        for place in isWanted.indices
        where isWanted[place] && record.applied.contains(place) && record.problems[place] == nil {
            if failed.contains(place) {
                counts.failed[place] += 1
                let check = set.checks[place]
                if (check.severity ?? check.level) >= .danger { score.dangers += 1 } else { score.warnings += 1 }
            } else {
                counts.passed[place] += 1
                score.passed += 1
            }
        }
        result.state.score.add(score)
        let namespace = (record.owner ?? record.object).namespace
        result.state.namespaces[namespace, default: .init()].score.add(score)
    }

    // MARK: Other objects

    /// Look-ups that are made once per judgement.
    private final class Run {
        private let judge: PracticeJudge
        private var related: [GroupKind: RelatedObjects] = [:]
        private let schemas = SchemaCache()
        private lazy var limits: [String: Set<String>] = readLimits()
        /// Objects with a record, without their UIDs, which owner references of ours have not.
        private lazy var audited: Set<ObjectReference> = Set(
            judge.table.kinds.values.flatMap(\.records.values).map {
                ObjectReference(kind: $0.object.kind, namespace: $0.object.namespace, name: $0.object.name)
            })
        private lazy var autoscalers: [String: Int] = readAutoscalers()

        init(_ judge: PracticeJudge) { self.judge = judge }

        private func objects(_ kind: GroupKind) -> RelatedObjects {
            if let known = related[kind] { return known }
            let audits = judge.table.kinds.filter { kind.matches(group: $0.key.group ?? "", kind: $0.key.kind) }
            let made = RelatedObjects(audits.sorted { $0.key.description < $1.key.description }.map(\.value))
            related[kind] = made
            return made
        }

        /// Its controller is audited itself.
        func isFolded(_ record: AuditRecord) -> Bool {
            guard let owner = record.owner else { return false }
            return audited.contains(owner)
        }

        /// A LimitRange of the namespace sets what is missing.
        func hasLimit(_ failure: AuditFailure, _ record: AuditRecord) -> Bool {
            guard let name = judge.set.checks[failure.check].limitRange else { return false }
            return limits[record.object.namespace]?.contains(name) ?? false
        }

        func relations(_ record: AuditRecord) -> [AuditFailure] {
            var failures: [AuditFailure] = []
            for pending in record.pending where !failures.contains(where: { $0.check == pending.check }) {
                let related = judge.set.checks[pending.check].related[pending.related]
                if !holds(pending, related, record) {
                    let name = pending.name.map { " named \($0)" } ?? ""
                    failures.append(
                        AuditFailure(
                            check: pending.check,
                            text: FailureText(message: "no \(related.kind.kind)\(name) is as it should be"))
                    )
                }
            }
            for check in record.relations {
                if let message = budgetProblem(record) {
                    failures.append(AuditFailure(check: check, text: FailureText(message: message)))
                }
            }
            return failures
        }

        private func holds(_ pending: PendingRelation, _ related: WorkloadCheck.Related, _ record: AuditRecord) -> Bool
        {
            let schema: Schema
            switch related.schema {
            case .compiled(let own): schema = own
            case .template:
                // A text that is no schema cannot be held against the object.
                guard case .success(let made?) = schemas.schema(pending.schemaText ?? "") else { return true }
                schema = made
            }
            let context = RenderedContext(
                schema: schema, rendered: pending.rendered, podTemplateLabels: record.podLabels)
            return objects(related.kind).contains(
                namespace: record.object.namespace, name: pending.name,
                labels: related.usesSelector ? record.podLabels : nil
            ) { candidate in
                var validator = SchemaValidator(context: context)
                return validator.isValid(schema, candidate)
            }
        }

        // MARK: Budgets and autoscalers

        private static let spec: JSONKey = "spec", metadata: JSONKey = "metadata", namespace: JSONKey = "namespace"
        private static let target: JSONKey = "scaleTargetRef", kind: JSONKey = "kind", name: JSONKey = "name"
        private static let minimum: JSONKey = "minReplicas", available: JSONKey = "minAvailable",
            selector: JSONKey = "selector"
        private static let limits: JSONKey = "limits", type: JSONKey = "type", container: JSONKey = "Container"
        private static let defaults: JSONKey = "default", requests: JSONKey = "defaultRequest"

        private func readAutoscalers() -> [String: Int] {
            var found: [String: Int] = [:]
            for space in spaces(of: GroupKind("autoscaling/HorizontalPodAutoscaler")) {
                objects(GroupKind("autoscaling/HorizontalPodAutoscaler")).forEach(in: space) { object in
                    let target = object[Self.spec]?[Self.target]
                    guard target?[Self.kind]?.string == "Deployment", let name = target?[Self.name]?.string else {
                        return
                    }
                    found["\(space)/\(name)"] = object[Self.spec]?[Self.minimum]?.integer ?? 1
                }
            }
            return found
        }

        private func spaces(of kind: GroupKind) -> Set<String> {
            Set(
                judge.table.kinds.filter { kind.matches(group: $0.key.group ?? "", kind: $0.key.kind) }.flatMap {
                    $0.value.kept.keys.map(\.namespace)
                })
        }

        /// A budget of the deployment asks for more pods than its autoscaler keeps.
        private func budgetProblem(_ record: AuditRecord) -> String? {
            guard let least = autoscalers["\(record.object.namespace)/\(record.object.name)"] else { return nil }
            var problem: String?
            _ = objects(GroupKind("policy/PodDisruptionBudget")).contains(
                namespace: record.object.namespace, name: nil, labels: record.podLabels
            ) { budget in
                guard let spec = budget[Self.spec], let selector = spec[Self.selector],
                    SelectorMatch.matches(selector, record.podLabels), let value = spec[Self.available]
                else { return false }
                var wanted = value.integer
                if let text = value.string {
                    if text.hasSuffix("%"), let percent = Double(text.dropLast()) {
                        // Of how many is not said where replicas are left to the autoscaler.
                        wanted = record.replicas.map { Int((Double($0) * percent / 100).rounded(.up)) }
                    } else {
                        wanted = Int(text)
                    }
                }
                guard let wanted, wanted > least else { return false }
                problem = "minAvailable \(value.string ?? "\(wanted)") asks for \(wanted) pods; minReplicas is \(least)"
                return true
            }
            return problem
        }

        private func readLimits() -> [String: Set<String>] {
            var found: [String: Set<String>] = [:]
            let kind = GroupKind("/LimitRange")
            for space in spaces(of: kind) {
                objects(kind).forEach(in: space) { range in
                    guard let items = range[Self.spec]?[Self.limits] else { return }
                    for item in items.elements where item[Self.type]?.equals(Self.container) ?? false {
                        for (key, prefix) in [(Self.defaults, "limits."), (Self.requests, "requests.")] {
                            guard let values = item[key] else { continue }
                            for (name, _) in values.members {
                                found[space, default: []].insert(prefix + (name.string ?? ""))
                                // A default limit is a default request too.
                                if prefix == "limits." {
                                    found[space, default: []].insert("requests." + (name.string ?? ""))
                                }
                            }
                        }
                    }
                }
            }
            return found
        }
    }
}

extension PracticeState.Score {
    mutating func add(_ other: PracticeState.Score) {
        passed += other.passed
        warnings += other.warnings
        dangers += other.dangers
    }
}
