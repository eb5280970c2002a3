/// All checks, most specific first: of two that know the same event the earlier one has it. A new check is one file and
/// one line here; `checks list`, `checks explain`, the reference and the fixtures' tests walk this list.
enum CheckList {
    static let all: [any ClusterCheck] =
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
            VolumeMountCheck(),
            ClaimCheck(), StuckTerminatingCheck(), PodNotReadyCheck(), NoSpaceCheck(), TooManyOpenFilesCheck(),
            DeviceBusyCheck(), NoSuchDeviceCheck(), IOErrorCheck(), FileExistsCheck(), NoSuchFileCheck(),
            InvalidArgumentCheck(),
            // Workloads and what they hang on.
            WorkloadAvailableCheck(), RolloutCheck(), JobFailedCheck(), CronJobCheck(), ServiceEndpointsCheck(),
            IngressCheck(), AutoscalerCheck(), DisruptionBudgetCheck(), QuotaCheck(),
            // Certificates.
            ApiServerCertificateCheck(), CertificateExpiryCheck(),
        ] + AgentCheck.all + [WarningEventCheck()]

    static let descriptions = all.map { check in
        var description = check.description
        description.thresholds += AgentThresholds.of(description.id)
        return description
    }

    /// Ids and aliases.
    static let names = descriptions.flatMap { $0.alias.isEmpty ? [$0.id] : [$0.id, $0.alias] }

    private static let byName: [String: CheckDescription] = {
        var all: [String: CheckDescription] = [:]
        for description in descriptions {
            all[description.id] = description
            if !description.alias.isEmpty { all[description.alias] = description }
        }
        return all
    }()

    /// Names of all thresholds.
    static let thresholds = Set(descriptions.flatMap { $0.thresholds.map(\.name) }).sorted()

    static func description(named name: String) -> CheckDescription? { byName[name] }
}
