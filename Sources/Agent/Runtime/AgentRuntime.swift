package import AgentRules
import AgentState
import Delivery
import Findings
import FoundationEssentials
import Gauges
import HTTP
package import Host
import LogReading
import LogSources
package import Logging
package import Platform
import Plugins
import RuleEngine
import ServiceLifecycle
import Wire

/// The composition root: builds the agent's services from a configuration, and runs them as one group.
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

    package func run() async throws {
        let services = try await services()
        try await ServiceGroup(
            configuration: .init(services: services.map { .init(service: $0) }, logger: logger)
        ).run()
    }

    /// In the order in which they start. They stop in the reverse order, each when the one behind it has ended:
    /// delivery is the last, so that nothing holds up its last batch, and log sources are the first.
    private func services() async throws -> [any Service] {
        let stateProblem = prepareStateFolder()
        let stateFolder = stateProblem == nil ? configuration.stateDir : nil
        let checkpoint = loadCheckpoint(stateFolder)
        let client = AggregatorClient(
            .init(
                url: configuration.aggregator, node: configuration.node,
                agentID: checkpoint?.agentID ?? UUID().uuidString.lowercased(),
                certificateAuthority: configuration.certificateAuthority, tokenFile: configuration.tokenFile,
                fallbackHost: configuration.aggregatorAddress),
            http: HTTPClient(),
            noteBadInstructions: { [logger] problem in
                logger.error(
                    "Instructions of the aggregator break a limit and are not obeyed.",
                    metadata: ["reason": "\(problem)"])
            })
        let initial = await askFirst(client)
        let instructions = InstructionFollower(initial?.instructions ?? Instructions())
        let parts = try makeParts(instructions.current)
        if let stateProblem { parts.observations.note(stateProblem) }
        if let states = initial?.states {
            parts.states.restore(states, bootID: parts.context.setting.bootID, at: clock.now())
        }
        let logs = logServices(parts, positions: initial?.positions ?? checkpoint?.positions ?? [:])
        let trials = TrialService(
            scan: TrialScan(configuration: configuration, host: HostRoot(configuration.hostRoot), clock: clock),
            client: client, node: configuration.node, redaction: parts.context.setting.redaction, logger: logger)
        let heartbeat = HeartbeatState(HeartbeatFile(stateDir: configuration.stateDir), clock: clock)
        let delivery = delivery(parts, client, instructions, heartbeat, stateFolder: stateFolder)
        logger.info(
            "The agent runs.",
            metadata: ["node": "\(configuration.node)", "rules": "\(parts.sources.rules.set.rules.count)"])
        return logs + ruleServices(parts, instructions, trials) + [
            trials,
            SamplerService(parts.samplers, runner: parts.runner, clock: clock),
            HeartbeatService(heartbeat, clock: clock, logger: logger),
            StateExpiry(states: parts.states, observations: parts.observations, clock: clock),
            StartupPagesService(clock: clock),
            DeliveryService(delivery, initial: initial, lastStoreID: checkpoint?.storeID),
        ]
    }

    private func logServices(_ parts: Parts, positions: [String: Acknowledgement.Position]) -> [any Service] {
        let now = clock.now()
        let bootTime = parts.context.setting.bootTime
        let rules = parts.sources.rules.set
        let starts = parts.sources.workers.map { worker in
            let position = positions[worker.source.id]
            if position?.committed == nil { worker.setFloors(monitorStarts(worker, rules, bootTime, now)) }
            let first = firstStart(parts)(now)
            worker.ledger.align(committed: position?.committed, resume: position?.resume, firstStart: first)
            let begin = position?.resume.map { .at($0) } ?? position?.committed.map { .after($0) } ?? first
            return SourcesService.Start(worker, begin: begin)
        }
        let sources = SourcesService(parts.sources, starts: starts)
        if !positions.isEmpty { return [sources] }
        let groups = BootScan.lastingGroups(rules) { problem in
            parts.observations.note(
                Observation(
                    check: "agent", source: "boot-scan", outcome: .unobserved, reason: .malformed, since: now,
                    detail: problem))
        }
        let lasting = parts.context.factory.sources(for: groups, observations: parts.observations)
        let scan = BootScanService(
            lasting, from: bootTime, to: now - StartTime.firstLookbackSeconds, setting: parts.context.setting,
            states: parts.states, observations: parts.observations)
        return [sources, scan]
    }

    private func ruleServices(
        _ parts: Parts, _ instructions: InstructionFollower, _ trials: TrialService
    ) -> [any Service] {
        let wanted = WantedPlugins()
        let limitSource = parts.runner.limitSource
        let rules = RulesService(
            loader: parts.loader,
            reloader: RuleReloader(context: parts.context, sources: parts.sources, clock: clock, logger: logger),
            instructions: instructions, clock: clock,
            instructed: { instructions in
                trials.consider(instructions.trial)
                limitSource.take(instructions)
            }, plugins: wanted.set)
        return [
            PluginService(parts.context, wanted: wanted, isAllowed: configuration.plugins, clock: clock), rules,
        ]
    }

    private func delivery(
        _ parts: Parts, _ client: AggregatorClient, _ instructions: InstructionFollower, _ heartbeat: HeartbeatState,
        stateFolder: String?
    ) -> Deliverer {
        let sources = parts.sources
        return Deliverer(
            client: client, ledgers: { sources.ledgers }, states: parts.states, observations: parts.observations,
            signal: parts.context.signal, clock: clock, logger: logger, bootID: parts.context.setting.bootID,
            stateFolder: stateFolder, epoch: clock.now().microseconds, firstStart: firstStart(parts),
            heartbeatSeconds: configuration.heartbeatSeconds,
            vitals: VitalsReader(sources: sources, host: HostRoot(configuration.hostRoot)).read,
            instructed: instructions.take, noteReporting: heartbeat.note)
    }

    /// Where a source begins of which no position is known.
    private func firstStart(_ parts: Parts) -> @Sendable (Timestamp) -> SourceStart {
        let bootTime = parts.context.setting.bootTime
        return { now in .since(max(bootTime, now - StartTime.firstLookbackSeconds)) }
    }

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

    /// - Returns: why there is no folder for the checkpoint; nil: there is one.
    private func prepareStateFolder() -> Observation? {
        do throws(SystemError) {
            try Files.createFolder(configuration.stateDir)
            try Files.requireOwn(configuration.stateDir)
            return nil
        } catch {
            logger.warning(
                "The state folder cannot be created; running without a checkpoint.", metadata: ["reason": "\(error)"])
            return Observation(
                check: "agent", source: "checkpoint", outcome: .unobserved, reason: error.unobservedReason,
                since: clock.now(), detail: "the state folder cannot be created: \(error)")
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
