package import CheckModel
import Findings

/// All checks. A new one of the cluster is one file, one line here and one entry in `rules/checks`; what agents do
/// alone has an entry only.
package enum CheckList {
    /// Most specific first: of two that know the same event the earlier one has it.
    private static let own: [any ClusterCheck] =
        [
            // Control plane.
            EtcdCheck(), ControllerManagerCheck(), SchedulerCheck(), ApiServerCheck(), EtcdSpaceCheck(), DNSCheck(),
            WebhookCheck(), APIServiceCheck(), DeprecatedAPICheck(), RBACWildcardCheck(), NamespaceTerminatingCheck(),
            // Nodes.
            NodeDownCheck(), NodeNotReadyCheck(), ClosedConnectionCheck(), RuntimeHealthCheck(), NetworkReadyCheck(),
            KubeletHealthCheck(), AgentSilentCheck(), NodeMemoryCheck(), NodeDiskCheck(), NodePIDCheck(),
            NodeDeadlockCheck(), ReadOnlyFilesystemCheck(), RestartLoopCheck(), HardwareConditionCheck(),
            ReadyConditionsCheck(), CordonedCheck(), VersionSkewCheck(),
            // Logs of nodes.
            CorruptOverlayCheck(), NullPointerCheck(), KernelOopsCheck(), NodeOOMCheck(), Ext4ErrorCheck(),
            AUFSUmountCheck(), RuntimeHungCheck(), TaskHungCheck(), UnregisterNetDeviceCheck(), CorruptImageCheck(),
            // Pods.
            ImagePullCheck(), CrashLoopCheck(), OOMKilledCheck(), PodConfigCheck(), PodPendingCheck(),
            VolumeMountCheck(), ClaimCheck(), StuckTerminatingCheck(), PodNotStartedCheck(), PodFailedCheck(),
            PodNotReadyCheck(), PodLeftoversCheck(),
        ] + PodPhraseCheck.all + [
            // Workloads and what they hang on.
            WorkloadAvailableCheck(), RolloutCheck(), JobFailedCheck(), CronJobCheck(), ServiceEndpointsCheck(),
            IngressCheck(), AutoscalerCheck(), DisruptionBudgetCheck(), QuotaCheck(),
            // Certificates.
            ApiServerCertificateCheck(), CertificateExpiryCheck(),
            // Of agents and rules.
            RuleFileCheck(), ConditionStormCheck(),
        ]

    /// Those of the list in its order, those that agents do alone, and last what nobody else claims.
    package static let all: [any ClusterCheck] = {
        let rest = WarningEventCheck()
        let known = Set(own.map(\.id) + [rest.id])
        let others = Catalogue.builtIn.entries.filter { !known.contains($0.id) }.map { AgentCheck(id: $0.id) }
        return own + others + [rest]
    }()

    /// Checks that judge nothing but events.
    package static let eventsOnly = all.filter { ($0 as? any EventCheck)?.judgesEventsOnly == true }.map(\.id)

    package static let descriptions: [CheckDescription] = all.compactMap { check in
        Catalogue.builtIn[check.id].map {
            CheckDescription(entry: $0, needs: check.needs, alsoReads: check.alsoReads)
        }
    }

    private static let byID = Dictionary(descriptions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    /// By id or alias.
    package static func description(named name: String) -> CheckDescription? {
        Catalogue.builtIn[name].flatMap { byID[$0.id] }
    }
}
