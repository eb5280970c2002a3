package import Delivery
import Documents
internal import Glibc
import Host
package import Logging
import Platform
import RuleCommands
package import RuleEngine
import ServiceLifecycle
import Synchronization
package import Wire

/// Runs a candidate's rules over this node's own logs when the aggregator asks, beside everything else.
///
/// On a thread of the lowest priority, within the share of one CPU that was granted, and for a bounded time. One at a
/// time: another one that is asked for ends the one that runs.
package final class TrialService: Service {
    /// Wall-clock time of one trial.
    static let secondsMax = 300.0

    private struct Request {
        /// The newest trial that was asked for.
        var trial: Instructions.Trial?
        /// Whether it has been begun.
        var isTaken = true
    }

    private let scan: TrialScan
    private let client: AggregatorClient
    private let node: String
    private let redaction: Redaction
    private let logger: Logger
    private let request = Mutex(Request())
    private let signal = Signal()

    package init(scan: TrialScan, client: AggregatorClient, node: String, redaction: Redaction, logger: Logger) {
        self.scan = scan
        self.client = client
        self.node = node
        self.redaction = redaction
        self.logger = logger
    }

    /// Asks for a trial; the one that was asked for last is not run again.
    package func consider(_ trial: Instructions.Trial?) {
        guard let trial else { return }
        let isNew = request.withLock { request in
            if request.trial?.id == trial.id { return false }
            request = Request(trial: trial, isTaken: false)
            return true
        }
        if isNew { signal.set() }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if let trial = self.next() { await self.perform(trial) } else { await self.signal.wait() }
            }
        }
    }

    private func next() -> Instructions.Trial? {
        request.withLock { request in
            defer { request.isTaken = true }
            return request.isTaken ? nil : request.trial
        }
    }

    private func isNewest(_ trial: Instructions.Trial) -> Bool {
        request.withLock { $0.trial?.id == trial.id }
    }

    private func perform(_ trial: Instructions.Trial) async {
        let isStopped = Flag()
        let result = await withTaskCancellationHandler {
            await NativeThread.run(priority: .lowest) {
                self.result(of: trial) { !isStopped.value.load(ordering: .relaxed) && self.isNewest(trial) }
            }
        } onCancel: {
            isStopped.value.store(true, ordering: .relaxed)
        }
        if Task.isCancelled { return }
        do throws(AggregatorClient.Failure) {
            try await client.report(result ?? failed(trial, "no thread could be started"))
        } catch {
            logger.warning("A trial's result could not be sent.", metadata: ["reason": "\(error)"])
        }
    }

    private final class Flag: Sendable { let value = Atomic(false) }

    private func failed(_ trial: Instructions.Trial, _ reason: String) -> TrialResult {
        TrialResult(trial: trial.id, node: node, lines: 0, tallies: [], problems: [reason])
    }

    /// Blocks the calling thread.
    /// - Parameter isWanted: asked now and then; the trial ends early when it no longer is.
    private func result(of trial: Instructions.Trial, isWanted: @escaping () -> Bool) -> TrialResult {
        let files = RuleSet.read(trial.files.map { ($0.name, Array($0.text.utf8)) })
        if let problem = files.flatMap(\.errors).first { return failed(trial, problem.description) }
        let set = RuleSet(users: files)
        let wanted = Set(files.flatMap { $0.rules.map(\.id) })
        var problems: [String] = []
        var bootTime: Timestamp?
        do throws(SystemError) { bootTime = try scan.host.bootTime() } catch {
            problems.append("the boot time is not known, so rules that wait after a boot do not: \(error)")
        }
        let run = RuleTrial(set, wanted: wanted, bootTime: bootTime, seconds: RulesTestOptions.clock)
        let start = RulesTestOptions.clock()
        let share = min(max(trial.cpuShare, 0.01), 1)
        do {
            problems += try scan.run(run, sinceSeconds: trial.sinceSeconds) {
                // Sleeps until the thread's CPU time is within its share of the time that went by.
                let used = Self.threadSeconds()
                while used > share * (RulesTestOptions.clock() - start), isWanted() { usleep(5000) }
                return isWanted() && RulesTestOptions.clock() - start < Self.secondsMax
            }
        } catch {
            problems = ["\(error)"]
        }
        if RulesTestOptions.clock() - start >= Self.secondsMax {
            problems.append("ended after \(Int(Self.secondsMax)) s, before the end of the log")
        } else if !isWanted() {
            problems.append("ended before the end of the log, because another trial was asked for")
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
