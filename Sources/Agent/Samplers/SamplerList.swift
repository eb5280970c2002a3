import Shared

/// All samplers and probes, in the order in which they are shown. A new one is one file and one line here.
enum SamplerList {
    static func all(_ configuration: AgentConfiguration) throws -> [any Sampler] {
        let host = HostRoot(configuration.hostRoot)
        let profile = profile(configuration, host)
        let probe = SocketProbe(http: HTTPClient())
        return [
            MemorySampler(),
            CPUSampler(),
            PressureSampler(),
            FilesystemSampler(),
            LimitsSampler(),
            TaskSampler(),
            CounterSampler(),
            CgroupSampler(),
            ClockSampler(),
            CertificateSampler(patterns: profile.certificates),
            KubeletProbe(profile: profile, probe: probe, units: UnitAsker()),
            RuntimeProbe(profile: profile, probe: probe, units: UnitAsker()),
            try PodLogSampler(mode: configuration.podLogs),
        ]
    }

    /// What the first `hosts.yaml` of the rule folders says of this host.
    private static func profile(_ configuration: AgentConfiguration, _ host: HostRoot) -> HostProfile {
        for folder in configuration.rules {
            guard let text = try? Files.read(folder + "/hosts.yaml") else { continue }
            return HostProfile.joined(HostProfile.read(text, name: folder + "/hosts.yaml").profiles) {
                Files.exists(host.path($0))
            }
        }
        return HostProfile(id: "", when: [])
    }
}
