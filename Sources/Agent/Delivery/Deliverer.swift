package import AgentState
import Findings
import FoundationEssentials
import Host
package import LogReading
package import LogSources
package import Logging
package import Platform
import ServiceLifecycle
package import Wire

/// Sends what sources and samplers found, and moves positions only after the aggregator has
/// acknowledged a durable commit.
package struct Deliverer: Sendable {
    /// Findings that come close together travel together.
    static let gatherSeconds = 0.05
    private static let heartbeatLookSeconds = 1.0
    private static let fileLookSeconds = 1.0
    /// A lost store: agents read this far back again.
    static let rereadSeconds = 86_400.0
    static let statesPerBatchMax = 200
    private static let softBytesMax = 600 << 10

    package let client: AggregatorClient
    /// Of all sources that run or ran; a change of rules may add one.
    package let ledgers: @Sendable () -> [SourceLedger]
    package let states: StateTable
    package let observations: ObservationTable
    package let signal: Signal
    package let clock: any WallClock
    package let logger: Logger
    package let bootID: String
    package let stateFolder: String?
    /// When this process started by the wall clock, in microseconds.
    package let epoch: Int64
    /// The same by the time since the boot, which nobody sets.
    private let startedAfterBoot: Int64
    package let firstStart: @Sendable (Timestamp) -> SourceStart
    package var heartbeatSeconds = AgentConfiguration.heartbeatSecondsDefault
    package let vitals: @Sendable () -> Vitals
    /// Called with what the aggregator wants to be different.
    package let instructed: @Sendable (Instructions) -> Void
    /// Called after each exchange: with nil when the aggregator took it, else with why it did not.
    package let noteReporting: @Sendable (String?) -> Void

    package init(
        client: AggregatorClient, ledgers: @escaping @Sendable () -> [SourceLedger], states: StateTable,
        observations: ObservationTable, signal: Signal, clock: any WallClock, logger: Logger, bootID: String,
        stateFolder: String?, epoch: Int64, firstStart: @escaping @Sendable (Timestamp) -> SourceStart,
        heartbeatSeconds: Double = AgentConfiguration.heartbeatSecondsDefault,
        vitals: @escaping @Sendable () -> Vitals, instructed: @escaping @Sendable (Instructions) -> Void,
        noteReporting: @escaping @Sendable (String?) -> Void = { _ in }
    ) {
        self.client = client
        self.ledgers = ledgers
        self.states = states
        self.observations = observations
        self.signal = signal
        self.clock = clock
        self.logger = logger
        self.bootID = bootID
        self.stateFolder = stateFolder
        self.epoch = epoch
        startedAfterBoot = Int64(saturating: clock.uptimeSeconds() * 1_000_000)
        self.firstStart = firstStart
        self.heartbeatSeconds = heartbeatSeconds
        self.vitals = vitals
        self.instructed = instructed
        self.noteReporting = noteReporting
    }

    /// What a run remembers between batches.
    private struct Progress {
        /// The store that answered this process; nil: none yet.
        var storeID: String?
        /// The last store that is known of, perhaps from the checkpoint.
        var lastStoreID: String?
        var sequence: Int64 = 0
        var backoff = Backoff()
        /// By the time since the boot; nil: never.
        var lastSentSeconds: Double?
        var parts = BatchParts()
        var dropped: Int64 = 0
        var encodedRetry: Pending?
        /// The last trouble with encoding, so that it is logged once.
        var encodingProblem: String?
        /// The last file that was missing, so that it is logged once.
        var missingFile: String?
    }

    private struct Pending {
        var encoded: [UInt8]
        var ledgers: [SourceLedger]
        var versions: [String: Int]
        /// nil: without observations.
        var observationVersion: Int?
    }

    /// Runs until a graceful shutdown; then makes one last try to deliver what is found already.
    /// - Parameter lastStoreID: the store that the ledgers' positions are of.
    package func run(initial: Acknowledgement?, lastStoreID: String?) async {
        var progress = Progress()
        progress.lastStoreID = lastStoreID
        if let initial { apply(initial, &progress) }
        let begin = progress
        // The last try is made outside, where nothing is cancelled.
        progress = await cancelWhenGracefulShutdown { await deliver(from: begin) }
        if progress.storeID != nil { _ = await sendOne(&progress, always: true) }
    }

    /// Delivers until cancelled.
    /// - Returns: what has been reached.
    private func deliver(from begin: Progress) async -> Progress {
        await withTaskGroup(of: Progress?.self) { group in
            group.addTask {
                // Heartbeats are due without anything having been found.
                while !Task.isCancelled {
                    try? await clock.sleep(seconds: Self.heartbeatLookSeconds)
                    signal.set()
                }
                return nil
            }
            group.addTask { await sendUntilCancelled(begin) }
            var reached = begin
            for await progress in group {
                if let progress { reached = progress }
            }
            return reached
        }
    }

    private func sendUntilCancelled(_ begin: Progress) async -> Progress {
        var progress = begin
        while !Task.isCancelled {
            if progress.storeID == nil { await hello(&progress) }
            if progress.storeID != nil { await sendAll(&progress) }
            if Task.isCancelled { break }
            await signal.wait()
            try? await clock.sleep(seconds: Self.gatherSeconds)
        }
        return progress
    }

    private func hello(_ progress: inout Progress) async {
        do throws(AggregatorClient.Failure) {
            let answer = try await client.hello()
            apply(answer, &progress)
            progress.backoff.succeeded()
            logger.info("The aggregator answered.", metadata: ["store_id": "\(answer.storeID)"])
        } catch {
            await waitAfter(error, &progress)
        }
    }

    /// Takes over the aggregator's view: positions and states.
    private func apply(_ answer: Acknowledgement, _ progress: inout Progress) {
        let isOtherStore = progress.lastStoreID != nil && progress.lastStoreID != answer.storeID
        noteReporting(nil)
        progress.storeID = answer.storeID
        progress.lastStoreID = answer.storeID
        progress.encodedRetry = nil
        let now = clock.now()
        let start = isOtherStore ? SourceStart.since(now - Self.rereadSeconds) : firstStart(now)
        if isOtherStore {
            states.forgetAcknowledgements()
            logger.warning("The aggregator has a new store; the last 24 hours are read again.")
        }
        observations.forgetAcknowledgements()
        for ledger in ledgers() {
            let position = answer.positions[ledger.source]
            ledger.align(
                committed: position?.committed, resume: position?.resume, firstStart: start, isNewStore: isOtherStore)
        }
        if let instructions = answer.instructions { instructed(instructions) }
        if let reports = answer.states { states.restore(reports, bootID: bootID, at: now) }
        save(progress)
    }

    private func sendAll(_ progress: inout Progress) async {
        while !Task.isCancelled {
            let silence = progress.lastSentSeconds.map { clock.uptimeSeconds() - $0 } ?? .infinity
            guard await sendOne(&progress, always: silence >= heartbeatSeconds) else { return }
        }
    }

    /// - Returns: whether there may be more to send at once.
    private func sendOne(_ progress: inout Progress, always: Bool) async -> Bool {
        guard let pending = progress.encodedRetry ?? compose(&progress, always: always) else { return false }
        progress.encodedRetry = pending
        do throws(AggregatorClient.Failure) {
            let answer = try await client.send(pending.encoded)
            progress.encodedRetry = nil
            progress.lastSentSeconds = clock.uptimeSeconds()
            progress.backoff.succeeded()
            progress.parts.succeeded()
            noteReporting(nil)
            for ledger in pending.ledgers { ledger.acknowledge() }
            states.acknowledge(pending.versions)
            if let version = pending.observationVersion { observations.acknowledge(version: version) }
            if let instructions = answer.instructions { instructed(instructions) }
            if answer.storeID != progress.storeID { apply(answer, &progress) }
            if !pending.ledgers.isEmpty { save(progress) }
            return true
        } catch {
            await failed(error, pending, &progress)
            return false
        }
    }

    private func failed(_ failure: AggregatorClient.Failure, _ pending: Pending, _ progress: inout Progress) async {
        switch failure {
        case .retry, .fileMissing: await waitAfter(failure, &progress)
        case .conflict(let answer):
            logger.notice("Another position is committed; reading on from there.")
            apply(answer, &progress)
        case .refused(let status, let text):
            // Sending the same again would be refused for ever.
            logger.error("A batch was refused.", metadata: ["status": "\(status)", "reason": "\(text)"])
            progress.encodedRetry = nil
            switch progress.parts.refused(
                ledgers: pending.ledgers.count, states: pending.versions.count,
                hasObservations: pending.observationVersion != nil)
            {
            case .sendOtherwise: signal.set()
            case .giveUpState:
                progress.dropped += 1
                states.acknowledge(pending.versions)
            case .giveUpObservations:
                if let version = pending.observationVersion { observations.acknowledge(version: version) }
            case .wait: await waitAfter(failure, &progress)
            }
        }
    }

    private func waitAfter(_ failure: AggregatorClient.Failure, _ progress: inout Progress) async {
        noteReporting(failure.description)
        if case .fileMissing(let text) = failure { return await waitForFile(text, &progress) }
        progress.missingFile = nil
        var retryAfter: Double?
        if case .retry(_, let seconds) = failure { retryAfter = seconds }
        let delay = progress.backoff.nextDelaySeconds(retryAfter: retryAfter)
        logger.warning(
            "The aggregator cannot be reached; trying again.",
            metadata: ["reason": "\(failure)", "delay_seconds": "\(delay)", "url": "\(client.setting.url)"])
        try? await clock.sleep(seconds: delay)
        signal.set()
    }

    /// The kubelet brings the authority as soon as the aggregator has made it: no backoff, and one line of log.
    private func waitForFile(_ text: String, _ progress: inout Progress) async {
        if progress.missingFile != text {
            logger.notice("A file is missing that reporting needs; waiting for it.", metadata: ["reason": "\(text)"])
        }
        progress.missingFile = text
        try? await clock.sleep(seconds: Self.fileLookSeconds)
        signal.set()
    }

    /// The next batch, or nil when there is nothing to say. What a record set as a state is sent before, or with, the
    /// position behind that record.
    private func compose(_ progress: inout Progress, always: Bool) -> Pending? {
        // Cuts first, then states: a state set by a record at or before a cut's end is in the table by now.
        var cuts: [(SourceLedger, SourceLedger.Cut)] = []
        var findings = 0
        var bytes = 0
        let parts = progress.parts
        for ledger in ledgers() {
            guard findings < SourceLedger.occurrencesMax / 2, bytes < Self.softBytesMax / 2,
                cuts.count < parts.ledgersMax, let cut = ledger.nextCut(always: always)
            else { continue }
            cuts.append((ledger, cut))
            findings += cut.occurrences.count
            bytes += cut.bytes
        }
        let room = min(parts.statesMax, Batch.findingsMax - findings)
        var unsent = states.unsent(limit: max(0, room), all: always)
        if unsent.more { cuts = [] }
        var unsentObservations = observations.unsent()
        switch parts.one(hasObservations: unsentObservations.observations != nil, hasStates: !unsent.reports.isEmpty) {
        case nil: break
        case .observations?: (cuts, unsent) = ([], ([], [:], false))
        case .states?: (cuts, unsentObservations.observations) = ([], nil)
        case .ledgers?: (unsent, unsentObservations.observations) = (([], [:], false), nil)
        }
        if cuts.isEmpty, unsent.reports.isEmpty, unsentObservations.observations == nil, !always { return nil }
        progress.sequence += 1
        var vitals = vitals()
        vitals.findingsDropped = progress.dropped + Int64(states.refusedCount)
        let batch = Batch(
            node: client.setting.node, agentID: client.setting.agentID, epoch: epoch, sequence: progress.sequence,
            bootID: bootID, sentAt: clock.now(),
            sources: cuts.map { ledger, cut in
                Batch.Source(
                    source: ledger.source, from: cut.from, to: cut.to, resume: cut.resume, occurrences: cut.occurrences)
            }, states: unsent.reports, observations: unsentObservations.observations, vitals: vitals,
            startedAfterBoot: startedAfterBoot)
        let encoded: BatchEncoder.Encoded
        do { encoded = try BatchEncoder.encode(batch, parts.reduction) } catch {
            // Nothing of it can ever be sent: its findings are given up and counted, its positions are kept.
            noteEncoding("\(error)", &progress)
            for (ledger, _) in cuts { progress.dropped += Int64(ledger.dropCutFindings()) }
            progress.dropped += Int64(unsent.reports.count)
            states.acknowledge(unsent.versions)
            if unsentObservations.observations != nil { observations.acknowledge(version: unsentObservations.version) }
            return nil
        }
        progress.dropped += encoded.droppedCount
        noteEncoding(encoded.problem, &progress)
        return Pending(
            encoded: encoded.bytes, ledgers: cuts.map(\.0), versions: unsent.versions,
            observationVersion: unsentObservations.observations == nil ? nil : unsentObservations.version)
    }

    /// Says it once in the log, and in the report for as long as it lasts.
    private func noteEncoding(_ problem: String?, _ progress: inout Progress) {
        if problem == progress.encodingProblem { return }
        progress.encodingProblem = problem
        if let problem {
            logger.error(
                "A batch cannot be encoded; the faulty findings are left out.", metadata: ["reason": "\(problem)"])
        }
        observations.note(
            Observation(
                check: "agent", source: "delivery", outcome: problem == nil ? .healthy : .unobserved,
                reason: problem == nil ? nil : .malformed, since: clock.now(),
                detail: problem.map { "findings were left out of a batch: \($0)" } ?? ""))
    }

    private func save(_ progress: Progress) {
        guard let stateFolder else { return }
        var checkpoint = Checkpoint(agentID: client.setting.agentID, storeID: progress.storeID)
        for ledger in ledgers() {
            let (committed, resume) = ledger.committed
            checkpoint.positions[ledger.source] = .init(committed: committed, resume: resume)
        }
        do throws(SystemError) {
            try checkpoint.save(to: stateFolder)
            observations.note(
                Observation(check: "agent", source: "checkpoint", outcome: .healthy, since: clock.now()))
        } catch {
            // The aggregator keeps the positions too; only a start without it would read from an older one.
            observations.note(
                Observation(
                    check: "agent", source: "checkpoint", outcome: .unobserved, reason: error.unobservedReason,
                    since: clock.now(), detail: "the checkpoint cannot be written: \(error)"))
        }
    }
}
