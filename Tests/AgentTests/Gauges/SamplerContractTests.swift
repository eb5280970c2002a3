import TestSupport
import Testing

@testable import Findings
@testable import Gauges
@testable import Host
@testable import Platform

/// What every sampler and probe keeps to: a new one is covered by its line in `SamplerList`.
@Suite struct SamplerContractTests {
    private func context(_ host: HostRoot) -> SampleContext {
        SampleContext(
            host: host, node: .node("n"), now: Timestamp(seconds: 1_700_000_000), uptimeSeconds: 1000,
            thresholds: AgentLimits())
    }

    @Test func theListHasUniqueDescribedSamplers() throws {
        let samplers = try SamplerList.all(AgentConfiguration())
        #expect(samplers.count >= 13)
        #expect(Set(samplers.map(\.id)).count == samplers.count)
        for sampler in samplers {
            #expect(!sampler.checks.isEmpty, "\(sampler.id)")
            #expect(sampler.periodSeconds > 0, "\(sampler.id)")
            for check in sampler.checks {
                #expect(Catalogue.builtIn[check]?.usesAgents == true, "\(check): no entry that agents answer for")
            }
        }
    }

    /// The logs of crashed containers are searched for what the catalogue says, and for nothing else.
    @Test func podLogsLookForEveryPhraseOfTheCatalogue() throws {
        let phrases = Catalogue.builtIn.entries.filter { $0.phrase != nil }.map(\.id)
        #expect(!phrases.isEmpty)
        #expect(try PodLogSampler(mode: .full).checks == phrases)
    }

    /// On the machine itself: every sampler answers for each of its checks, and nothing crashes.
    @Test func everySamplerAnswersForAllItsChecksHere() async throws {
        for var sampler in try SamplerList.all(AgentConfiguration()) {
            let outcomes = await sampler.sample(context(HostRoot()))
            #expect(Set(outcomes.map(\.check)) == Set(sampler.checks), "\(sampler.id)")
        }
    }

    /// What is not there is never healthy. The clock is the kernel's, and probes have their own tests.
    @Test func onAnEmptyHostNothingIsHealthy() async throws {
        let folder = try TemporaryFolder()
        var configuration = AgentConfiguration()
        configuration.hostRoot = folder.path
        for var sampler in try SamplerList.all(configuration)
        where !["clock", "kubelet", "runtime", "dns"].contains(sampler.id) {
            for outcome in await sampler.sample(context(HostRoot(folder.path))) {
                if case .observed = outcome.result { Issue.record("\(sampler.id): \(outcome.check)") }
            }
        }
    }
}
