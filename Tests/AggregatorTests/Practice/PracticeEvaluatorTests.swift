import Testing

@testable import CheckModel
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice

/// From audits, made by hand, to rows, outcomes and the score.
@Suite struct PracticeEvaluatorTests {
    private let now = Timestamp(seconds: 1_700_000_000)
    private let settings: EvaluationSettings

    init() throws { settings = try Audit.settings() }

    private func place(_ alias: String, _ settings: EvaluationSettings) throws -> Int {
        try #require(settings.workloads.checks.firstIndex { $0.alias == alias }, "no check \(alias)")
    }

    private func record(
        _ kind: String, _ name: String, namespace: String = "shop", owner: (kind: String, name: String)? = nil,
        fails: [String] = [], passes: [String] = [], _ settings: EvaluationSettings? = nil
    ) throws -> AuditRecord {
        let record = AuditRecord(
            kind: GroupKind("apps/\(kind)"), object: ObjectReference(kind: kind, namespace: namespace, name: name))
        record.owner = owner.map { ObjectReference(kind: $0.kind, namespace: namespace, name: $0.name) }
        for alias in fails {
            let place = try place(alias, settings ?? self.settings)
            record.applied.insert(place)
            record.failures.append(AuditFailure(check: place, text: FailureText(message: alias)))
        }
        for alias in passes { record.applied.insert(try place(alias, settings ?? self.settings)) }
        return record
    }

    private func judge(
        _ records: [AuditRecord], kept: [String: [String]] = [:], _ settings: EvaluationSettings? = nil
    ) -> PracticeEvaluator.Result {
        var table = AuditTable()
        for record in records {
            let key = AuditKey(namespace: record.object.namespace, name: record.object.name)
            table.kinds[record.kind, default: KindAudit()].records[key] = record
        }
        for (kind, objects) in kept {
            for (number, json) in objects.enumerated() {
                table.kinds[GroupKind(kind), default: KindAudit()]
                    .kept[AuditKey(namespace: "shop", name: "\(number)")] = Array(json.utf8)
            }
        }
        let settings = settings ?? self.settings
        return PracticeEvaluator(table: table, set: settings.workloads, settings: settings.checks, now: now).evaluate()
    }

    private func names(_ result: PracticeEvaluator.Result) -> [String] {
        result.state.rows.map { "\($0.object.kind)/\($0.object.name)" }
    }

    // MARK: Rows

    @Test func aRowHoldsTheFailuresOfItsObjectAndAPassingObjectHasNone() throws {
        let result = judge([
            try record("Deployment", "web", fails: ["tagNotSpecified", "hostNetworkSet"]),
            try record("Deployment", "well", passes: ["tagNotSpecified"]),
        ])
        #expect(names(result) == ["Deployment/web"])
        #expect(result.state.rows.first?.failures.map(\.message) == ["tagNotSpecified", "hostNetworkSet"])
        #expect(result.state.objects == 2)
        let id = settings.workloads.checks[try place("tagNotSpecified", settings)].id
        #expect(result.outcomes[id] == OutcomeCount(finding: 1, healthy: 1, unobserved: 0))
    }

    @Test func whatAnAuditedControllerMadeGivesNothingOfItsOwn() throws {
        let result = judge([
            try record("Deployment", "web", passes: ["tagNotSpecified"]),
            try record("ReplicaSet", "web-1", owner: ("Deployment", "web"), fails: ["tagNotSpecified"]),
        ])
        #expect(names(result) == [])
        #expect(result.state.objects == 1)
        #expect(result.state.score == .init(passed: 1))
    }

    @Test func whatAControllerOfAnotherKindMadeSharesARow() throws {
        let result = judge([
            try record("Pod", "db-0", owner: ("Database", "db"), fails: ["tagNotSpecified"]),
            try record("Pod", "db-1", owner: ("Database", "db"), fails: ["hostNetworkSet"]),
            try record("Pod", "db-2", owner: ("Database", "db"), passes: ["hostNetworkSet"]),
        ])
        #expect(names(result) == ["Database/db"])
        #expect(result.state.rows.first?.failures.map(\.at) == ["Pod db-0", "Pod db-1"])
        #expect(result.state.namespaces["shop"]?.workloads == 1, "one workload of three pods")
        #expect(result.state.namespaces["shop"]?.failing == 1)
    }

    @Test func rowsAreOrderedBySeverityThenNamespaceThenName() throws {
        let id = settings.workloads.checks[try place("hostNetworkSet", settings)].id
        let settings = try overridden("{ match: { checks: [\(id)] }, set: { severity: danger } }")
        let result = judge(
            [
                try record("Deployment", "b", namespace: "a", fails: ["tagNotSpecified"]),
                try record("Deployment", "a", namespace: "b", fails: ["tagNotSpecified"]),
                try record("Deployment", "a", namespace: "a", fails: ["tagNotSpecified"]),
                try record("Deployment", "z", namespace: "z", fails: ["hostNetworkSet"]),
            ], settings)
        #expect(result.state.rows.map(\.severity) == [.danger, .warning, .warning, .warning])
        #expect(result.state.rows.map { "\($0.object.namespace)/\($0.object.name)" } == ["z/z", "a/a", "a/b", "b/a"])
    }

    // MARK: Overrides and settings

    private func overridden(_ overrides: String) throws -> EvaluationSettings {
        var settings = settings
        settings.overrides = try OverrideSet(Array("overrides: [\(overrides)]".utf8), file: "o.yaml")
        return settings
    }

    @Test func whatIsIgnoredIsCountedAndStillNotGood() throws {
        let settings = try overridden("{ match: { names: [web] }, set: { ignore: true } }")
        let result = judge(
            [
                try record("Deployment", "web", fails: ["tagNotSpecified"]),
                try record("Deployment", "other", fails: ["tagNotSpecified"]),
            ], settings)
        #expect(names(result) == ["Deployment/other"])
        #expect(result.state.silenced == 1)
        #expect(result.state.score.passed == 0, "silence makes no object pass")
        #expect(result.state.namespaces["shop"]?.failing == 1)
    }

    @Test func whoHasTakenNoteIsNamed() throws {
        let settings = try overridden("{ match: { names: [web] }, set: { acknowledge: true }, by: ann }")
        let result = judge([try record("Deployment", "web", fails: ["tagNotSpecified"])], settings)
        #expect(result.state.rows.first?.acknowledgedBy == "ann")
    }

    @Test func aCheckThatIsSwitchedOffSaysNothing() throws {
        var settings = settings
        let id = settings.workloads.checks[try place("tagNotSpecified", settings)].id
        settings.skip.insert(id)
        let result = judge([try record("Deployment", "web", fails: ["tagNotSpecified"])], settings)
        #expect(names(result) == [])
        #expect(result.outcomes[id] == nil)
        #expect(result.state.score == .init())
    }

    // MARK: Other objects

    @Test func aLimitRangeOfTheNamespaceSetsWhatIsMissing() throws {
        let range =
            #"{"metadata":{"name":"r","namespace":"shop"},"spec":{"limits":[{"type":"Container","default":{"cpu":"1"}},{"type":"Pod","default":{"memory":"1Gi"}}]}}"#
        let missing = ["cpuRequestsMissing", "cpuLimitsMissing", "memoryLimitsMissing"]
        let result = judge(
            [
                try record("Deployment", "web", fails: missing),
                try record("Deployment", "web", namespace: "elsewhere", fails: missing),
            ], kept: ["/LimitRange": [range]])
        let byNamespace = Dictionary(
            uniqueKeysWithValues: result.state.rows.map { ($0.object.namespace, $0.failures.map(\.message)) })
        // A default limit is a default request too; a limit of whole pods is none of a container.
        #expect(byNamespace["shop"] == ["memoryLimitsMissing"])
        #expect(byNamespace["elsewhere"] == missing)
    }

    /// Percentages are of the replicas, rounded up, as the disruption controller does.
    @Test(arguments: [
        ("3", 2, 4, "minAvailable 3 asks for 3 pods; minReplicas is 2"), ("2", 2, 4, nil),
        (#""50%""#, 2, 5, "minAvailable 50% asks for 3 pods; minReplicas is 2"), (#""50%""#, 2, 4, nil),
        (#""50%""#, 2, nil, nil),
    ]) func aBudgetThatAsksForMoreThanTheAutoscalerKeepsIsAFailure(
        _ available: String, _ least: Int, _ replicas: Int?, _ message: String?
    ) throws {
        let alias = "pdbMinAvailableGreaterThanHPAMinReplicas"
        let web = try record("Deployment", "web", passes: [alias])
        web.relations = [try place(alias, settings)]
        web.podLabels = ["app": "web"]
        web.replicas = replicas
        let scaler =
            #"{"metadata":{"name":"s","namespace":"shop"},"spec":{"minReplicas":\#(least),"scaleTargetRef":{"kind":"Deployment","name":"web"}}}"#
        func budget(_ app: String, _ available: String) -> String {
            #"{"metadata":{"name":"\#(app)","namespace":"shop"},"spec":{"minAvailable":\#(available),"selector":{"matchLabels":{"app":"\#(app)"}}}}"#
        }
        let result = judge(
            [web],
            kept: [
                "autoscaling/HorizontalPodAutoscaler": [scaler],
                "policy/PodDisruptionBudget": [budget("another", "9"), budget("web", available)],
            ])
        #expect(result.state.rows.flatMap(\.failures).map(\.message) == [message].compactMap { $0 })
    }

    // MARK: What could not be judged

    @Test func aTemplateThatFailsIsOneGapHoweverManyObjectsItFailsAt() throws {
        let place = try place("tagNotSpecified", settings)
        let records = try ["a", "b", "c"].map { name in
            let record = try record("Deployment", name, passes: ["tagNotSpecified"])
            record.problems = [place: "1:4: nothing there"]
            return record
        }
        let result = judge(records)
        let check = settings.workloads.checks[place].id
        #expect(
            result.gaps == [
                CheckGap(
                    check: check, scope: "cluster", reason: .malformed,
                    detail: "Deployment shop/a: 1:4: nothing there (+2 more objects)")
            ])
        #expect(result.outcomes[check] == OutcomeCount(), "neither good nor bad")
        #expect(result.state.score == .init())
    }
}
