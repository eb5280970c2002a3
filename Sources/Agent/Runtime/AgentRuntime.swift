package import AgentRules
package import AgentState
import Delivery
import Findings
import FoundationEssentials
package import Gauges
internal import Glibc
import HTTP
package import Host
package import LogReading
import LogSources
package import Logging
package import Platform
import Plugins
import RuleEngine
import ServiceLifecycle
package import Wire

/// The composition root: builds sources, workers, samplers and delivery from a configuration, and runs them.
package struct AgentRuntime: Service {
    let configuration: AgentConfiguration
    let loader: RuleLoader
    package let clock: any WallClock
    package let logger: Logger

    package init(configuration: AgentConfiguration, loader: RuleLoader, clock: any WallClock, logger: Logger) {
        self.configuration = configuration
        self.loader = loader
        self.clock = clock
        self.logger = logger
    }

    /// What `run` and `once` both need.
    package struct Parts: Sendable {
        var context: SourceContext
        package var board: SourceBoard
        var loader: RuleLoader
        package var runner: SamplerRunner
        package var samplers: [any Sampler]

        package var states: StateBoard { context.states }
        package var observations: ObservationBoard { context.observations }
    }

    /// - Parameter instructions: what the aggregator said at the start.
    package func makeParts(_ instructions: Instructions = Instructions()) throws -> Parts {
        let host = HostRoot(configuration.hostRoot)
        let bootID = try host.bootID()
        let bootTime = try host.bootTime()
        let signal = Signal()
        let states = StateBoard { signal.set() }
        let observations = ObservationBoard { signal.set() }
        let setting = SourceWorker.Setting(
            node: configuration.node, bootID: bootID, bootTime: bootTime,
            pods: LogFolderPods(host: host, clock: clock), clock: clock,
            redaction: try Redaction())
        let factory = SourceFactory(configuration: configuration, host: host, bootID: bootID, clock: clock)
        var loader = loader
        let loaded = loader.load(instructions)
        let board = SourceBoard(loaded.rules) { signal.set() }
        let context = SourceContext(
            factory: factory, states: states, observations: observations, signal: signal, setting: setting)
        board.set(loaded.rules, context.workers(for: loaded.rules.set, board))
        let runner = SamplerRunner(
            host: host, node: configuration.node, bootID: bootID,
            thresholds: ThresholdBoard(configuration.thresholds, instructions), clock: clock,
            states: states, observations: observations, signal: signal)
        let samplers = try SamplerList.all(configuration).filter { !configuration.disabled.contains($0.id) }
        let parts = Parts(
            context: context, board: board, loader: loader, runner: runner, samplers: samplers)
        for problem in loaded.problems {
            logger.warning("A rule file has a mistake.", metadata: ["problem": "\(problem)"])
        }
        RuleProblemReport.note(loaded.problems, context, clock.now())
        return parts
    }

    package func run() async throws {
        let stateProblem = prepareStateFolder()
        let stateFolder = stateProblem == nil ? configuration.stateDir : nil
        let checkpoint = loadCheckpoint(stateFolder)
        let agentID = checkpoint?.agentID ?? UUID().uuidString.lowercased()
        let client = AggregatorClient(
            .init(
                url: configuration.aggregator, node: configuration.node, agentID: agentID,
                certificateAuthority: configuration.certificateAuthority, tokenFile: configuration.tokenFile),
            http: HTTPClient())
        let initial = await askFirst(client)
        let orders = InstructionBox(initial?.instructions ?? Instructions())
        let parts = try makeParts(orders.current)
        if let stateProblem { parts.observations.note(stateProblem) }
        let bootTime = parts.context.setting.bootTime
        let firstStart: @Sendable (Timestamp) -> SourceStart = { now in
            .since(max(bootTime, now - StartTime.firstLookbackSeconds))
        }
        if let states = initial?.states {
            parts.states.restore(states, bootID: parts.context.setting.bootID, at: clock.now())
        }
        let positions = initial?.positions ?? checkpoint?.positions ?? [:]
        let now = clock.now()
        let rules = parts.board.rules.set
        for worker in parts.board.workers {
            if positions[worker.source.id]?.committed == nil {
                worker.setFloors(monitorStarts(worker, rules, bootTime, now))
            }
            start(worker, positions, firstStart(now))
        }
        if positions.isEmpty {
            let lasting = parts.context.factory.sources(
                for: BootScan.lastingGroups(rules), observations: parts.observations)
            BootScan.start(
                lasting, from: bootTime, to: now - StartTime.firstLookbackSeconds, setting: parts.context.setting,
                states: parts.states)
        }
        let board = parts.board
        let deliverer = Deliverer(
            client: client, ledgers: { board.ledgers }, states: parts.states,
            observations: parts.observations, signal: parts.context.signal, clock: clock, logger: logger,
            bootID: parts.context.setting.bootID,
            stateFolder: stateFolder, epoch: clock.now().microseconds, firstStart: firstStart,
            heartbeatSeconds: configuration.heartbeatSeconds,
            vitals: VitalsReader(board: board, host: HostRoot(configuration.hostRoot)).read,
            instructed: orders.take)
        logger.info("The agent runs.", metadata: ["node": "\(configuration.node)", "rules": "\(rules.rules.count)"])
        let pulse = HealthPulse(stateDir: configuration.stateDir)
        let trials = TrialRunner(
            scan: TrialScan(configuration: configuration, host: HostRoot(configuration.hostRoot), clock: clock),
            client: client, node: configuration.node, redaction: parts.context.setting.redaction, logger: logger)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await deliverer.run(initial: initial, lastStoreID: checkpoint?.storeID) }
                group.addTask { await parts.runner.run(parts.samplers) }
                group.addTask { await pulse.run(clock: clock) }
                group.addTask { await followRules(parts, orders, trials) }
                group.addTask {
                    try? await clock.sleep(seconds: StartupPages.afterSeconds)
                    StartupPages.release()
                }
            }
        }
        for worker in board.workers {
            worker.ledger.stop()
            worker.wake()
        }
    }

    /// Rules are read again when a file changes or the aggregator asks for other ones, once a second at most.
    private func followRules(_ parts: Parts, _ orders: InstructionBox, _ trials: TrialRunner) async {
        var loader = parts.loader
        let paths = loader
        let watch = RuleWatch(paths: { paths.present }, changed: { orders.signal.set() })
        watch.start()
        let ruleSwitch = RuleSwitch(context: parts.context, board: parts.board, clock: clock, logger: logger)
        trials.consider(orders.current.trial)
        let plugins = PluginRunner(parts.context, isAllowed: configuration.plugins, clock: clock)
        await plugins.follow(loader.load(orders.current).files.compactMap(\.plugin))
        while !Task.isCancelled {
            await orders.signal.wait()
            if Task.isCancelled { break }
            let instructions = orders.current
            trials.consider(instructions.trial)
            parts.runner.thresholds.take(instructions)
            let loaded = loader.load(instructions)
            await ruleSwitch.apply(loaded)
            await plugins.follow(loaded.files.compactMap(\.plugin))
            try? await clock.sleep(seconds: Self.reloadPauseSeconds)
        }
        watch.stop()
    }

    static let reloadPauseSeconds = 1.0

    /// node-problem-detector's files say themselves how far back a first start looks.
    private func monitorStarts(
        _ worker: SourceWorker, _ rules: RuleSet, _ boot: Timestamp, _ now: Timestamp
    ) -> [Timestamp?] {
        worker.selectors.map { selector in
            let monitors = rules.monitors.filter { $0.selector == selector }
            return monitors.map {
                StartTime.start(
                    boot: boot, now: now, lookbackSeconds: $0.lookbackSeconds, delaySeconds: $0.delaySeconds)
            }.min()
        }
    }

    /// One try: without an answer the checkpoint says where to begin.
    private func askFirst(_ client: AggregatorClient) async -> Acknowledgement? {
        do throws(AggregatorClient.Failure) {
            return try await client.hello()
        } catch {
            logger.notice(
                "The aggregator does not answer yet; starting from the checkpoint.", metadata: ["reason": "\(error)"])
            return nil
        }
    }

    private func start(_ worker: SourceWorker, _ positions: [String: Acknowledgement.Position], _ first: SourceStart) {
        let position = positions[worker.source.id]
        worker.ledger.align(committed: position?.committed, resume: position?.resume, firstStart: first)
        let begin: SourceStart =
            if let resume = position?.resume { .at(resume) } else if let committed = position?.committed {
                .after(committed)
            } else { first }
        let started = NativeThread.start { worker.run(from: begin) }
        if !started { worker.health(.unobserved(.unreachable, "no thread could be started for this source")) }
    }

    /// - Returns: why there is no folder for the checkpoint; nil: there is one.
    private func prepareStateFolder() -> Observation? {
        do throws(SystemError) {
            try Files.createFolder(configuration.stateDir)
            return nil
        } catch {
            logger.warning(
                "The state folder cannot be made; going on without a checkpoint.", metadata: ["reason": "\(error)"])
            return Observation(
                check: "agent", source: "checkpoint", outcome: .unobserved, reason: error.unobservedReason,
                since: clock.now(), detail: "the state folder cannot be made: \(error)")
        }
    }

    private func loadCheckpoint(_ folder: String?) -> Checkpoint? {
        guard let folder else { return nil }
        do throws(SystemError) {
            return try Checkpoint.load(from: folder)
        } catch {
            logger.warning("The checkpoint cannot be read.", metadata: ["reason": "\(error)"])
            return nil
        }
    }
}
