import AgentState
import Findings
import Host
package import LogSources
import Logging
package import Platform
package import RuleEngine
import Synchronization

/// Runs the rules over one source's records, on that source's thread, and keeps the ledger.
///
/// SAFETY: everything mutable but `counters` is used by the source's thread only.
package final class SourceWorker: RecordSink, @unchecked Sendable {
    package struct Counters: Sendable {
        package var lines: Int64 = 0
        package var matched: Int64 = 0
        package var truncated: Int64 = 0
    }

    package struct Setting: Sendable {
        package var node: String
        package var bootID: String
        package var bootTime: Timestamp
        package var pods: any PodDirectory
        package var clock: any WallClock
        package var redaction: Redaction

        package init(
            node: String, bootID: String, bootTime: Timestamp, pods: any PodDirectory, clock: any WallClock,
            redaction: Redaction
        ) {
            self.node = node
            self.bootID = bootID
            self.bootTime = bootTime
            self.pods = pods
            self.clock = clock
            self.redaction = redaction
        }
    }

    package let source: any LogSource
    package let ledger: SourceLedger
    private let groups: [RuleGroup]
    private let setting: Setting
    private let states: StateTable
    private let observations: ObservationTable
    private let counted = Mutex(Counters())
    private let isStopping = Atomic(false)
    private let ending = Mutex((isDone: false, waiting: CheckedContinuation<Void, Never>?.none))
    private let room = Waker()

    private var matchers: [LineMatcher] = []
    private var pipelines: [RulePipeline] = []
    /// While records up to this position are read again, they rebuild state and give nothing.
    private var replayUntil: String?
    private var resume: String?
    private var sinceResumeCheck = 0
    private var linesSincePublish: Int64 = 0
    private var lastHealth: SourceHealth?
    private var waitsForRoom = true
    private var floors: [Timestamp?] = []
    private static let resumeCheckMatches = 64
    private static let publishLines: Int64 = 4096

    /// - Parameter groups: in the order of the source's selectors.
    init(
        source: any LogSource, groups: [RuleGroup], ledger: SourceLedger, states: StateTable,
        observations: ObservationTable, setting: Setting
    ) {
        self.source = source
        self.groups = groups
        self.ledger = ledger
        self.states = states
        self.observations = observations
        self.setting = setting
    }

    var counters: Counters { counted.withLock { $0 } }

    /// Blocks the calling thread until the ledger, or this worker, is stopped.
    /// - Parameter old: a stopped worker of the same source whose state is taken over; nil: it starts without state.
    package func run(from start: SourceStart, adopting old: SourceWorker? = nil) {
        if let old { adopt(old) } else { prepare() }
        source.run(from: start, into: self)
        let waiting = ending.withLock { ending in
            ending.isDone = true
            defer { ending.waiting = nil }
            return ending.waiting
        }
        waiting?.resume()
    }

    /// Ends this worker between two records; another one goes on from the ledger's end.
    package func finish() async {
        isStopping.store(true, ordering: .releasing)
        wake()
        await withCheckedContinuation { continuation in
            let isDone = ending.withLock { ending in
                if !ending.isDone { ending.waiting = continuation }
                return ending.isDone
            }
            if isDone { continuation.resume() }
        }
    }

    /// Runs on a thread of its own. When none can be started, the source's checks are not observed.
    package func start(from start: SourceStart, adopting old: SourceWorker? = nil) {
        if NativeThread.start({ self.run(from: start, adopting: old) }) { return }
        ending.withLock { $0.isDone = true }
        health(.unobserved(.unreachable, "no thread could be started for this source"))
    }

    /// After `finish`: whether what it remembers is whole, so that a worker may take it over.
    package var isWhole: Bool { replayUntil == nil && !matchers.isEmpty }

    private func adopt(_ old: SourceWorker) {
        prepareState()
        resume = old.resume
        counted.withLock { $0 = old.counters }
        for (index, group) in groups.enumerated() {
            guard let twin = old.groups.firstIndex(where: { $0.selector == group.selector }) else { continue }
            matchers[index].adopt(old.matchers[twin])
            pipelines[index].adopt(old.pipelines[twin])
        }
    }

    package var selectors: [SourceSelector] { groups.map(\.selector) }

    /// Before `run`: records older than its floor are not for a group.
    package func setFloors(_ floors: [Timestamp?]) { self.floors = floors }

    /// For `once`, which drives the source itself and never waits for room.
    package func prepareForOnce() {
        prepare()
        waitsForRoom = false
    }

    package func wake() {
        room.wake()
        source.wake()
    }

    private func prepare() {
        (replayUntil, _) = ledger.restarted()
        source.begin(committed: replayUntil)
        resume = nil
        prepareState()
    }

    private func prepareState() {
        sinceResumeCheck = 0
        let active = states.active
        matchers = groups.map { LineMatcher($0) }
        pipelines = groups.map { group in
            var pipeline = RulePipeline(
                group: group, node: setting.node, source: source.id, bootID: setting.bootID, pods: setting.pods)
            for state in active where !state.condition.isEmpty {
                pipeline.restore(condition: state.condition, reason: state.detection.reason)
            }
            return pipeline
        }
    }

    /// Follows the ledger: on a restart, state is rebuilt from the records.
    private func obey() -> SinkAnswer {
        if isStopping.load(ordering: .acquiring) { return .stop }
        let order = ledger.order
        if case .restart = order { prepare() }
        return order
    }

    package func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
        linesSincePublish += 1
        if record.isTruncated { counted.withLock { $0.truncated += 1 } }
        var isReplay = false
        if let until = replayUntil {
            isReplay = source.isCovered(position(), by: until)
            if !isReplay { replayUntil = nil }
        }
        var occurrences: [Occurrence] = []
        var matchCount = 0
        var isClaimed = false
        for index in matchers.indices where record.selectors & (1 << UInt64(index)) != 0 {
            if index < floors.count, let floor = floors[index], record.time < floor { continue }
            matchers[index].scan(
                record.text.span, time: record.time, position: position, isClaimed: &isClaimed
            ) { match in
                matchCount += 1
                handle(match, index, position(), isReplay, &occurrences)
            }
        }
        let isStopping = isStopping.load(ordering: .relaxed)
        if matchCount > 0 || linesSincePublish >= Self.publishLines || isStopping
            || matchers.contains(where: \.keepsRecords)
        {
            publish(occurrences, position(), matched: matchCount, time: record.time, isReplay: isReplay)
        }
        return matchCount > 0 || linesSincePublish == 0 ? waitForRoom() : .proceed
    }

    private func handle(
        _ match: LineMatch, _ index: Int, _ position: String, _ isReplay: Bool, _ occurrences: inout [Occurrence]
    ) {
        if match.kind == .rule, let quiet = groups[index].rules[match.rule].afterBootSeconds,
            match.time < setting.bootTime + quiet
        {
            return
        }
        for output in pipelines[index].process(match, position: position) where !isReplay {
            switch output {
            case .occurrence(var found):
                found = setting.redaction.redacted(found)
                found.isDemo = match.text.contains(Names.demoMarker)
                occurrences.append(found)
            case .conditionSet(let state):
                if let expires = state.expires, expires <= setting.clock.now() { continue }
                states.set(setting.redaction.redacted(state))
            case .conditionCleared(let type, _, let subject, let time):
                // `md0` ends `md0 sdb1` too: the array is whole again.
                states.clear(at: time) { state in
                    let own = state.detection.subject
                    return state.condition == type
                        && (subject.isEmpty || own == subject || own.hasPrefix(subject + " "))
                }
                for other in pipelines.indices { pipelines[other].forget(condition: type) }
            }
        }
    }

    private func publish(
        _ occurrences: [Occurrence], _ position: String, matched: Int, time: Timestamp?, isReplay: Bool
    ) {
        counted.withLock {
            $0.lines += linesSincePublish; $0.matched += isReplay ? 0 : Int64(matched)
        }
        linesSincePublish = 0
        sinceResumeCheck += matched
        if sinceResumeCheck >= Self.resumeCheckMatches || matched == 0 {
            sinceResumeCheck = 0
            if let time { for index in pipelines.indices { pipelines[index].age(to: time) } }
            resume = pipelines.compactMap(\.resumePosition).min { $0.time < $1.time }?.position
        } else if matched > 0, resume == nil {
            // Whatever was remembered just now is this record; older is only more to read again.
            resume = position
        }
        let window = matchers.compactMap(\.oldestPosition).first
        if isReplay { return }
        ledger.add(occurrences, position: position, resume: window ?? resume)
    }

    /// Waits while the ledger is full: the log itself is the queue.
    private func waitForRoom() -> SinkAnswer {
        var answer = obey()
        while answer == .proceed, waitsForRoom, ledger.isFull {
            room.wait(milliseconds: 200)
            answer = obey()
        }
        return answer
    }

    package func passed(position: String, time: Timestamp) -> SinkAnswer {
        if let until = replayUntil, !source.isCovered(position, by: until) { replayUntil = nil }
        publish([], position, matched: 0, time: time, isReplay: replayUntil != nil)
        return waitForRoom()
    }

    package func caughtUp(position: String?) -> SinkAnswer {
        if let position {
            if replayUntil != nil, !source.isCovered(position, by: replayUntil ?? "") { replayUntil = nil }
            publish([], position, matched: 0, time: setting.clock.now(), isReplay: replayUntil != nil)
        } else {
            counted.withLock { $0.lines += linesSincePublish }
            linesSincePublish = 0
        }
        return obey()
    }

    package func lost(_ gap: LogGap, position: String?) {
        let size = gap.records.map { "\(Platform.counted($0, "record")) lost" } ?? "an unknown number of records lost"
        let detection = Detection(
            check: ObservationTable.gapCheck, rule: "log-gap", reason: ObservationTable.gapCheck, severity: .warning,
            object: .node(setting.node),
            subject: source.id, message: "\(source.id): \(gap.reason): \(size)")
        let time = gap.to ?? setting.clock.now()
        var occurrence = Occurrence(detection, time: time, evidence: [])
        occurrence.first = min(gap.from ?? time, time)
        ledger.add([occurrence], position: nil, resume: resume)
        observations.note(
            Observation(
                check: ObservationTable.gapCheck, source: source.id, outcome: .unobserved, reason: .truncated,
                since: time,
                detail: "\(gap.reason): \(size)"))
    }

    package func health(_ health: SourceHealth) {
        if health == lastHealth { return }
        lastHealth = health
        let now = setting.clock.now()
        for check in checks {
            let observation =
                switch health {
                case .reading: Observation(check: check, source: source.id, outcome: .healthy, since: now)
                case .unobserved(let reason, let detail):
                    Observation(
                        check: check, source: source.id, outcome: .unobserved, reason: reason, since: now,
                        detail: detail)
                }
            observations.note(observation)
        }
    }

    /// Catalogue ids that this source's rules look for.
    package var checks: [String] { Set(groups.flatMap { $0.rules.map(\.check) }).sorted() }
}
