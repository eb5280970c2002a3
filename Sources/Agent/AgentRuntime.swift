import FoundationEssentials
internal import Glibc
import Logging
import ServiceLifecycle
import Shared

/// The composition root: builds sources, workers, samplers and delivery from a configuration, and runs them.
struct AgentRuntime: Service {
    let configuration: AgentConfiguration
    let rules: RuleSet
    let ruleProblems: [RuleProblem]
    let clock: any WallClock
    let logger: Logger

    /// What `run` and `once` both need.
    struct Parts: Sendable {
        var workers: [SourceWorker]
        var states: StateBoard
        var observations: ObservationBoard
        var signal: Signal
        var bootID: String
        var bootTime: Timestamp
        var setting: SourceWorker.Setting
        var factory: SourceFactory
        var runner: SamplerRunner
        var samplers: [any Sampler]
    }

    func makeParts() throws -> Parts {
        let host = HostRoot(configuration.hostRoot)
        let bootID = try host.bootID()
        let bootTime = try host.bootTime()
        let signal = Signal()
        let states = StateBoard { signal.set() }
        let observations = ObservationBoard { signal.set() }
        let setting = SourceWorker.Setting(
            node: configuration.node, bootID: bootID, pods: LogFolderPods(host: host, clock: clock), clock: clock,
            redaction: try Redaction())
        let factory = SourceFactory(configuration: configuration, host: host, bootID: bootID, clock: clock)
        let workers = factory.sources(for: rules.groups, observations: observations).map { source, groups in
            SourceWorker(
                source: source, groups: groups, ledger: SourceLedger(source: source.id) { signal.set() },
                states: states, observations: observations, setting: setting)
        }
        let runner = SamplerRunner(
            host: host, node: configuration.node, bootID: bootID, thresholds: configuration.thresholds, clock: clock,
            states: states, observations: observations, signal: signal)
        let samplers = try SamplerList.all(configuration).filter { !configuration.disabled.contains($0.id) }
        noteRuleProblems(states, bootID)
        return Parts(
            workers: workers, states: states, observations: observations, signal: signal, bootID: bootID,
            bootTime: bootTime, setting: setting, factory: factory, runner: runner, samplers: samplers)
    }

    /// A rule that does not load is seen in the report, not only in a log.
    private func noteRuleProblems(_ states: StateBoard, _ bootID: String) {
        let errors = (ruleProblems + rules.problems).filter { $0.level == .error }
        let now = clock.now()
        let reports = Dictionary(grouping: errors, by: \.file).map { file, problems in
            StateReport(
                Detection(
                    check: "RuleFileInvalid", rule: "rule-files", reason: "RuleFileInvalid", severity: .warning,
                    object: .node(configuration.node), subject: file,
                    message:
                        "\(problems.count) \(problems.count == 1 ? "mistake" : "mistakes, the first"): \(problems[0])",
                    remedy: "Run `ke-agent rules check \(file)`; the good rules stay in force."),
                since: now, last: now, owner: "rule-files", bootID: bootID,
                evidence: problems.prefix(Evidence.perFindingMax).map {
                    Evidence(source: "rules", origin: $0.file, time: now, text: $0.description)
                })
        }
        states.replace(owner: "rule-files", checks: ["RuleFileInvalid"], with: reports, at: now)
    }

    func run() async throws {
        let parts = try makeParts()
        let stateFolder = prepareStateFolder(parts.observations)
        let checkpoint = loadCheckpoint(stateFolder)
        let agentID = checkpoint?.agentID ?? UUID().uuidString.lowercased()
        let client = AggregatorClient(
            .init(url: configuration.aggregator, node: configuration.node, agentID: agentID), http: HTTPClient())
        let bootTime = parts.bootTime
        let firstStart: @Sendable (Timestamp) -> SourceStart = { now in
            .since(max(bootTime, now - StartTime.firstLookbackSeconds))
        }
        let initial = await askFirst(client)
        if let states = initial?.states { parts.states.restore(states, bootID: parts.bootID, at: clock.now()) }
        let positions = initial?.positions ?? checkpoint?.positions ?? [:]
        let now = clock.now()
        for worker in parts.workers {
            if positions[worker.source.id]?.committed == nil { worker.setFloors(monitorStarts(worker, bootTime, now)) }
            start(worker, positions, firstStart(now))
        }
        if positions.isEmpty {
            let lasting = parts.factory.sources(for: BootScan.lastingGroups(rules), observations: parts.observations)
            BootScan.start(
                lasting, from: bootTime, to: now - StartTime.firstLookbackSeconds, setting: parts.setting,
                states: parts.states)
        }
        let deliverer = Deliverer(
            client: client, ledgers: parts.workers.map(\.ledger), states: parts.states,
            observations: parts.observations, signal: parts.signal, clock: clock, logger: logger, bootID: parts.bootID,
            stateFolder: stateFolder, epoch: clock.now().microseconds, firstStart: firstStart,
            vitals: VitalsReader(workers: parts.workers, rules: rules, host: HostRoot(configuration.hostRoot)).read)
        logger.info("The agent runs.", metadata: ["node": "\(configuration.node)", "rules": "\(rules.rules.count)"])
        let pulse = HealthPulse(stateDir: configuration.stateDir)
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await deliverer.run(initial: initial, lastStoreID: checkpoint?.storeID) }
                group.addTask { await parts.runner.run(parts.samplers) }
                group.addTask { await pulse.run(clock: clock) }
                group.addTask {
                    try? await clock.sleep(seconds: StartupPages.afterSeconds)
                    StartupPages.release()
                }
            }
        }
        for worker in parts.workers {
            worker.ledger.stop()
            worker.wake()
        }
    }

    /// node-problem-detector's files say themselves how far back a first start looks.
    private func monitorStarts(_ worker: SourceWorker, _ boot: Timestamp, _ now: Timestamp) -> [Timestamp?] {
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

    private func prepareStateFolder(_ observations: ObservationBoard) -> String? {
        do throws(SystemError) {
            try Files.createFolder(configuration.stateDir)
            return configuration.stateDir
        } catch {
            logger.warning(
                "The state folder cannot be made; going on without a checkpoint.", metadata: ["reason": "\(error)"])
            observations.note(
                Observation(
                    check: "agent", source: "checkpoint", outcome: .unobserved, reason: error.unobservedReason,
                    since: clock.now(), detail: "the state folder cannot be made: \(error)"))
            return nil
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
