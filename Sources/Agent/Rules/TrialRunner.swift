package import Delivery
internal import Glibc
import Host
package import Logging
import Platform
import RuleCommands
package import RuleEngine
import Synchronization
package import Wire

/// Runs a candidate's rules over this node's own logs when the aggregator asks, beside everything else.
///
/// On a thread of the lowest priority, within the share of one CPU that was granted, and for a bounded time.
package struct TrialRunner: Sendable {
    /// Wall-clock time of one trial.
    static let secondsMax = 300.0

    let scan: TrialScan
    let client: AggregatorClient
    let node: String
    let redaction: Redaction
    let logger: Logger
    private let last = Box()

    package init(scan: TrialScan, client: AggregatorClient, node: String, redaction: Redaction, logger: Logger) {
        self.scan = scan
        self.client = client
        self.node = node
        self.redaction = redaction
        self.logger = logger
    }

    private final class Box: Sendable {
        private let id = Mutex("")
        func isNew(_ other: String) -> Bool {
            id.withLock { id in
                defer { id = other }
                return id != other
            }
        }
    }

    /// Starts the trial unless it is the one that ran last.
    package func consider(_ trial: Instructions.Trial?) {
        guard let trial, last.isNew(trial.id) else { return }
        Task {
            let result = await withCheckedContinuation { continuation in
                let started = NativeThread.start { continuation.resume(returning: run(trial)) }
                if !started {
                    continuation.resume(returning: failed(trial, "no thread could be started"))
                }
            }
            do throws(AggregatorClient.Failure) { try await client.report(result) } catch {
                logger.warning("A trial's result could not be sent.", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func failed(_ trial: Instructions.Trial, _ reason: String) -> TrialResult {
        TrialResult(trial: trial.id, node: node, lines: 0, tallies: [], problems: [reason])
    }

    private func run(_ trial: Instructions.Trial) -> TrialResult {
        // For the calling thread alone on Linux (setpriority(2), "NOTES").
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        let files = RuleSet.read(trial.files.map { ($0.name, Array($0.text.utf8)) })
        if let problem = files.flatMap(\.errors).first { return failed(trial, problem.description) }
        let set = RuleSet(users: files)
        let wanted = Set(files.flatMap { $0.rules.map(\.id) })
        let run = RuleTrial(
            set, wanted: wanted, bootTime: try? scan.host.bootTime(), seconds: RulesTestOptions.clock)
        let start = RulesTestOptions.clock()
        let share = min(max(trial.cpuShare, 0.01), 1)
        var problems: [String] = []
        do {
            problems = try scan.run(run, sinceSeconds: trial.sinceSeconds) {
                // Sleeps until the thread's CPU time is within its share of the time that went by.
                let used = Self.threadSeconds()
                while used > share * (RulesTestOptions.clock() - start) { usleep(5000) }
                return RulesTestOptions.clock() - start < Self.secondsMax
            }
        } catch {
            problems = ["\(error)"]
        }
        if RulesTestOptions.clock() - start >= Self.secondsMax {
            problems.append("ended after \(Int(Self.secondsMax)) s, before the end of the log")
        }
        let tallies = run.results.map { tally in
            var tally = tally
            tally.examples = tally.examples.map { redaction.redact($0) }
            return tally
        }
        return TrialResult(trial: trial.id, node: node, lines: run.lines, tallies: tallies, problems: problems)
    }

    /// CPU time of the calling thread, in seconds.
    private static func threadSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
