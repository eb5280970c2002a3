package import CheckModel
import Checks
import Findings
package import KubernetesAPI
package import Platform
package import Practice

/// What one evaluation looks for: the settings of all checks, and which best practice there is.
@dynamicMemberLookup
package struct EvaluationSettings: Sendable {
    private(set) var checks = CheckSettings()
    /// Built-in best practice and the users' own.
    package var workloads = PracticeCheckSet.builtIn {
        didSet { checks.off = workloads.off }
    }

    package init() { checks.off = workloads.off }

    package subscript<Value>(dynamicMember path: WritableKeyPath<CheckSettings, Value>) -> Value {
        get { checks[keyPath: path] }
        set { checks[keyPath: path] = newValue }
    }

    package func isEnabled(_ id: String) -> Bool { checks.isEnabled(id) }

    package var agentThresholds: [String: Double] { checks.agentThresholds }

    package var auditor: PracticeAuditor { PracticeAuditor(workloads, enabled: enabledPractice) }

    private var enabledPractice: [Int] { workloads.enabled(only: checks.only, skip: checks.skip, off: checks.off) }

    /// Best practice whose failure hands over the node, whatever a profile prints of the others.
    private static let alwaysDanger: Set<String> = ["runAsPrivileged"]

    /// The same for files, of which nobody needs a right to read them.
    package var ofFiles: EvaluationSettings {
        var settings = self
        settings.checks.off.subtract(workloads.offInCluster)
        // What a profile prints as a warning for all would let these pass a gate. Who names a level has chosen.
        for check in workloads.checks where Self.alwaysDanger.contains(check.alias) && check.severity == nil {
            let severity = settings.checks.severities[check.id] ?? max(check.level, .danger)
            settings.checks.severities[check.id] = severity
        }
        return settings
    }

    /// What the enabled checks read from the API.
    package var kinds: Set<ClusterKind> {
        var kinds = CheckRunner.kinds(checks)
        for place in enabledPractice {
            let description = workloads.descriptions[place]
            kinds.formUnion(description.needs + description.alsoReads)
        }
        return kinds
    }
}

extension ManifestAudit {
    package init(settings: EvaluationSettings, now: Timestamp) {
        let files = settings.ofFiles
        self.init(set: files.workloads, auditor: files.auditor, settings: files.checks, now: now)
    }
}
