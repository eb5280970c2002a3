internal import Glibc
import HTTP
package import Host
import RuleEngine

/// All samplers and probes, in the order in which they are shown. A new one is one file and one line here.
package enum SamplerList {
    /// - Parameter journald: told what is wrong with journald.
    package static func all(
        _ configuration: AgentConfiguration, journald: JournaldState = JournaldState()
    ) throws -> [any Sampler] {
        let host = HostRoot(configuration.hostRoot)
        let profile = configuration.hostProfile(host)
        let probe = SocketProbe(http: HTTPClient())
        return [
            MemorySampler(),
            CPUSampler(),
            PressureSampler(),
            FilesystemSampler(roots: profile.roots),
            LimitsSampler(),
            TaskSampler(),
            JournaldSampler(journald),
            CounterSampler(),
            CgroupSampler(),
            ClockSampler(),
            CertificateSampler(patterns: profile.certificates),
            KubeletProbe(
                profile: profile, probe: probe, units: UnitAsker(), url: KubeletProbe.url(configuration.nodeAddress)),
            RuntimeProbe(profile: profile, probe: probe, units: UnitAsker()),
            DNSProbe(
                http: HTTPClient(),
                isInCluster: getenv("KUBERNETES_SERVICE_HOST") != nil),
            try PodLogSampler(mode: configuration.podLogs),
        ]
    }
}
