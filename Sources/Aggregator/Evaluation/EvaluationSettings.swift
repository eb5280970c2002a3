import Shared

/// What one evaluation looks for: the settings of all checks, and which best practice there is.
@dynamicMemberLookup
struct EvaluationSettings: Sendable {
    private(set) var checks = CheckSettings()
    /// Built-in best practice and the users' own.
    var workloads = WorkloadCheckSet.builtIn {
        didSet { checks.off = workloads.off }
    }

    init() { checks.off = workloads.off }

    subscript<Value>(dynamicMember path: WritableKeyPath<CheckSettings, Value>) -> Value {
        get { checks[keyPath: path] }
        set { checks[keyPath: path] = newValue }
    }

    func isEnabled(_ id: String) -> Bool { checks.isEnabled(id) }

    var agentThresholds: [String: Double] { checks.agentThresholds }

    var auditor: WorkloadAuditor { WorkloadAuditor(workloads, enabled: enabledPractice) }

    private var enabledPractice: [Int] { workloads.enabled(only: checks.only, skip: checks.skip) }

    /// What the enabled checks read from the API.
    var kinds: Set<ClusterKind> {
        var kinds = CheckRunner.kinds(checks)
        for place in enabledPractice {
            let description = workloads.descriptions[place]
            kinds.formUnion(description.needs + description.alsoReads)
        }
        return kinds
    }
}

extension ManifestAudit {
    init(settings: EvaluationSettings, now: Timestamp) {
        self.init(set: settings.workloads, auditor: settings.auditor, settings: settings.checks, now: now)
    }
}
