package import Platform
import ServiceLifecycle

/// Runs every sampler and probe at its own pace, each in a task of its own, so that a slow one delays nobody.
package struct SamplerService: Service {
    private let runner: SamplerRunner
    private let samplers: [any Sampler]
    private let clock: any WallClock

    package init(_ samplers: [any Sampler], runner: SamplerRunner, clock: any WallClock) {
        self.samplers = samplers
        self.runner = runner
        self.clock = clock
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for sampler in samplers {
                    group.addTask {
                        var sampler = sampler
                        while !Task.isCancelled {
                            await runner.look(&sampler)
                            try? await clock.sleep(seconds: sampler.periodSeconds)
                        }
                    }
                }
            }
        }
    }
}
