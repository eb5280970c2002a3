import AgentState
package import Host
import LogReading
import LogSources
package import Platform
package import RuleEngine

/// Reads this host's logs from a time on, once, for a trial.
package struct TrialScan: Sendable {
    package let configuration: AgentConfiguration
    package let host: HostRoot
    package let clock: any WallClock

    package init(configuration: AgentConfiguration, host: HostRoot, clock: any WallClock) {
        self.configuration = configuration
        self.host = host
        self.clock = clock
    }

    /// - Parameter mayGoOn: asked now and then; with false the scan ends early.
    /// - Returns: logs that could not be read, in words.
    package func run(_ trial: RuleTrial, sinceSeconds: Double, mayGoOn: @escaping () -> Bool) throws -> [String] {
        let factory = SourceFactory(
            configuration: configuration, host: host, bootID: try host.bootID(), clock: clock)
        var problems: [String] = []
        let all = trial.set.groups
        var sources = factory.sources(for: all, observations: ObservationTable {})
        // A journal that somebody names is read alone, not beside files of this machine.
        if configuration.journalDir != nil { sources.removeAll { $0.0.id != JournalSource.systemID } }
        for (source, groups) in sources {
            let indices = groups.map { group in all.firstIndex { $0 === group } ?? 0 }
            let collector = TrialSink(trial, indices, mayGoOn)
            source.run(from: .since(clock.now() - sinceSeconds), into: collector)
            if let problem = collector.problem { problems.append("\(source.id): could not be read: \(problem)") }
        }
        return problems
    }
}

/// Feeds a trial until the source is caught up.
private final class TrialSink: RecordSink {
    private let trial: RuleTrial
    private let indices: [Int]
    private let mayGoOn: () -> Bool
    private var count = 0
    /// Of the last record's selectors, which are the next one's for most of the time.
    private var last: (selectors: UInt64, groups: [Int]) = (0, [])
    private(set) var problem: String?

    /// - Parameter indices: of the source's groups, in the order of its selectors, among the trial's.
    init(_ trial: RuleTrial, _ indices: [Int], _ mayGoOn: @escaping () -> Bool) {
        self.trial = trial
        self.indices = indices
        self.mayGoOn = mayGoOn
    }

    func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
        count += 1
        if count % 256 == 0, !mayGoOn() { return .stop }
        if record.selectors != last.selectors {
            let groups = indices.indices.filter { record.selectors & (1 << UInt64($0)) != 0 }.map { indices[$0] }
            last = (record.selectors, groups)
        }
        let text = record.text
        trial.feed(text.span, time: record.time, groups: last.groups)
        return .proceed
    }

    func passed(position: String, time: Timestamp) -> SinkAnswer { mayGoOn() ? .proceed : .stop }
    func caughtUp(position: String?) -> SinkAnswer { .stop }
    func lost(_ gap: LogGap, position: String?) {}
    func health(_ health: SourceHealth) {
        if case .unobserved(_, let detail) = health { problem = detail }
    }
}
