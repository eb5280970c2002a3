import AgentRuntime
import AgentState
import ArgumentParser
import Findings
import Gauges
import LogReading
import LogSources
import Platform

/// `ke-agent once`: look, print, exit. Needs no aggregator.
struct OnceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "once", abstract: "Sample this machine and scan its logs once, print the findings, exit.")

    @OptionGroup var options: AgentOptions

    @Option(help: "How far back the logs are scanned.")
    var since = "1h"

    func run() async throws {
        let seconds: Double
        do throws(GoDuration.Problem) { seconds = try GoDuration.seconds(since) } catch {
            throw CommandFailure(message: "--since: \(error)")
        }
        let runtime = try options.runtime()
        let parts = try runtime.makeParts()
        let start = SourceStart.since(runtime.clock.now() - seconds)
        for worker in parts.sources.workers {
            // Stopped from the start, a worker reads to the end and returns.
            let reader = OnceSink(worker)
            let ran: Void? = await NativeThread.run { worker.source.run(from: start, into: reader) }
            if ran == nil { worker.health(.unobserved(.unreachable, "no thread could be started for this source")) }
        }
        for var sampler in parts.samplers { await parts.runner.look(&sampler) }
        print(OnceReport.text(parts))
    }
}

/// Reads to the end of a source, then stops it.
///
/// SAFETY: used by the source's thread only.
private final class OnceSink: RecordSink, @unchecked Sendable {
    private let worker: SourceWorker

    init(_ worker: SourceWorker) {
        self.worker = worker
        worker.prepareForOnce()
    }

    func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
        worker.receive(record, position: position)
    }
    func passed(position: String, time: Timestamp) -> SinkAnswer { worker.passed(position: position, time: time) }
    func lost(_ gap: LogGap, position: String?) { worker.lost(gap, position: position) }
    func health(_ health: SourceHealth) { worker.health(health) }
    func caughtUp(position: String?) -> SinkAnswer {
        _ = worker.caughtUp(position: position)
        return .stop
    }
}

/// The findings of one run as plain text.
enum OnceReport {
    static func text(_ parts: AgentRuntime.Parts) -> String {
        var lines: [String] = []
        let states = parts.states.active.sorted {
            ($1.detection.severity, $0.detection.check, $0.detection.subject) < (
                $0.detection.severity, $1.detection.check, $1.detection.subject
            )
        }
        for state in states { lines.append(line(state.detection, count: 1, at: state.last)) }
        for worker in parts.sources.workers {
            for occurrence in worker.ledger.nextCut(always: true)?.occurrences ?? [] {
                lines.append(line(occurrence.detection, count: occurrence.count, at: occurrence.last))
            }
        }
        if lines.isEmpty { lines.append("Nothing found.") }
        let unobserved = parts.observations.all.filter { $0.outcome == .unobserved }
        if !unobserved.isEmpty { lines += ["", "Not observed:"] }
        for (reason, group) in Dictionary(
            grouping: unobserved, by: { "\($0.reason?.rawValue ?? "") \($0.source)  \($0.detail)" }
        ).sorted(by: { $0.key < $1.key }) {
            let checks = group.map(\.check)
            lines.append(
                "  \(checks.prefix(3).joined(separator: ", "))\(checks.count > 3 ? " and \(checks.count - 3) more" : "")  \(reason)"
            )
        }
        return lines.map(TextSafety.printable).joined(separator: "\n")
    }

    private static func line(_ detection: Detection, count: Int, at time: Timestamp) -> String {
        let subject = detection.subject.isEmpty ? "" : " [\(detection.subject)]"
        let times = count > 1 ? " (\(counted(count, "time")))" : ""
        return
            "\(detection.severity.title)  \(time.localRFC3339)  \(detection.check)\(subject)  \(detection.message)\(times)"
    }
}
