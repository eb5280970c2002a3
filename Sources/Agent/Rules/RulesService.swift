package import AgentState
import Findings
import LogReading
package import Platform
package import RuleEngine
import ServiceLifecycle
package import Wire

/// Reads the rules again when a file changes or the aggregator asks for other ones, once a second at most, and hands
/// on what the instructions say besides.
package struct RulesService: Service {
    static let reloadPauseSeconds = 1.0

    private let loader: RuleLoader
    private let reloader: RuleReloader
    private let instructions: InstructionFollower
    private let clock: any WallClock
    /// Called at the start and with every change.
    private let instructed: @Sendable (Instructions) -> Void
    /// Called with the plug-ins of the rules in force, at the start and with every change.
    private let plugins: @Sendable ([PluginMonitor]) -> Void

    package init(
        loader: RuleLoader, reloader: RuleReloader, instructions: InstructionFollower, clock: any WallClock,
        instructed: @escaping @Sendable (Instructions) -> Void,
        plugins: @escaping @Sendable ([PluginMonitor]) -> Void
    ) {
        self.loader = loader
        self.reloader = reloader
        self.instructions = instructions
        self.clock = clock
        self.instructed = instructed
        self.plugins = plugins
    }

    package func run() async throws {
        let paths = loader
        let watch = RuleWatch(paths: { paths.present }, changed: { instructions.signal.set() })
        if !watch.start() { noteUnwatched() }
        await cancelWhenGracefulShutdown { await follow() }
        watch.stop()
    }

    private func follow() async {
        var loader = loader
        instructed(instructions.current)
        plugins(loader.load(instructions.current).files.compactMap(\.plugin))
        while !Task.isCancelled {
            await instructions.signal.wait()
            if Task.isCancelled { break }
            let current = instructions.current
            instructed(current)
            let loaded = loader.load(current)
            await reloader.apply(loaded)
            plugins(loaded.files.compactMap(\.plugin))
            try? await clock.sleep(seconds: Self.reloadPauseSeconds)
        }
    }

    private func noteUnwatched() {
        reloader.context.observations.note(
            Observation(
                check: "agent", source: "rule-files", outcome: .unobserved, reason: .unreachable, since: clock.now(),
                detail: "no thread could be started to watch rule files; changes take effect at the next start"))
    }
}
