import AggregatorClient
import ArgumentParser
import Findings
import Foundation
import KubernetesAPI
import Platform
import Report
import Wire

/// `ke why KIND/NAME`: one timeline of everything known about it.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract:
            "Print one timeline of a node, pod, workload or another object: what happened, and what changed before.",
        discussion: """
            Examples: why node/worker-3; why deploy/web -n shop; why shop/deploy/web; why pod web-0 -n shop; \
            why 0123456789abcdef, the id of an incident or of a finding.
            """)

    @Argument(help: "KIND/NAME, NAMESPACE/KIND/NAME, KIND NAME, or the id of an incident or finding.")
    var object: [String]

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    @Option(help: "The aggregator's read address (default: $KE_AGGREGATOR).")
    var aggregator: String?

    @Option(help: "How far back to look.")
    var since = "6h"

    @Option(name: .shortAndLong, help: "table or json.")
    var output = "table"

    func run() async throws {
        guard ["table", "json"].contains(output) else {
            throw CommandFailure(message: "-o must be table or json; '\(output)' is not valid.")
        }
        let environment = ProcessInfo.processInfo.environment
        let clock = SystemClock()
        let seconds: Double
        do throws(GoDuration.Problem) { seconds = try GoDuration.seconds(since) } catch {
            throw CommandFailure(message: "--since: \(error).")
        }
        let since = clock.now() - seconds
        let words: WhyWords
        do throws(WhyWords.Problem) { words = try WhyWords(object) } catch {
            throw CommandFailure(message: error.message)
        }
        if let named = words.namespace, let flag = connection.namespace, named != flag {
            throw CommandFailure(message: "The object is in namespace \(named), and -n says \(flag); leave one out.")
        }
        let timeline = try await timeline(words, since, environment, clock)
        print(output == "json" ? try Self.json(timeline) : TimelineText.render(timeline))
    }

    private func timeline(
        _ words: WhyWords, _ since: Timestamp, _ environment: [String: String], _ clock: SystemClock
    ) async throws -> Timeline {
        let object = words.target
        var options = connection
        if let namespace = words.namespace { options.namespace = namespace }
        let named = (aggregator ?? environment["KE_AGGREGATOR"]).map { AggregatorClient(.address($0)) }
        guard let target = try options.connection(environment: environment) else {
            return try await timeline(words, since, of: named)
        }
        let client = try options.client(target, clock: clock)
        let aggregator = named ?? AggregatorClient(.cluster(client))
        var snapshot: Snapshot?, problem: String?
        do throws(AggregatorFailure) {
            return try await aggregator.timeline(object, namespace: client.connection.namespace, since: since)
        } catch  where error.isUnknownPath {
            // It is of an earlier version, and gives what it has.
            snapshot = try await aggregator.snapshot(since: since)
        } catch {
            guard named == nil, error.kind != .refused(status: 404) else { throw error }
            problem = error.kind == .absent ? nil : error.reason
        }
        let progress = ProgressPrinter(clock: clock)
        defer { progress.end() }
        return try await WhyReader.reading(
            object, client: client, since: since, now: clock.now(), snapshot: snapshot, snapshotProblem: problem,
            onProgress: { progress.note($0) }
        ).read(object)
    }

    /// Without a cluster of one's own: what the aggregator knows.
    private func timeline(
        _ words: WhyWords, _ since: Timestamp, of aggregator: AggregatorClient?
    ) async throws -> Timeline {
        let object = words.target
        guard let aggregator else {
            throw CommandFailure(
                message:
                    "There is no cluster. Name one with --kubeconfig or --server, or an aggregator with --aggregator.")
        }
        do throws(AggregatorFailure) {
            return try await aggregator.timeline(
                object, namespace: words.namespace ?? connection.namespace ?? "default", since: since)
        } catch  where error.isUnknownPath {
            guard case .node(let name) = object else { throw error }
            let snapshot = try await aggregator.snapshot(since: since)
            guard let timeline = WhyReader.read(node: name, of: snapshot, since: since, now: .now()) else {
                throw error
            }
            return timeline
        } catch {
            guard error.isUnknownNode else { throw error }
            let known = (try? await aggregator.snapshot(since: .now()))?.nodes.map(\.name) ?? []
            let name = object.parts.name
            let near = Suggestion.nearest(to: name, among: known).map { " Did you mean \($0)?" } ?? ""
            throw CommandFailure(message: "No node '\(name)' is known to the aggregator.\(near)")
        }
    }

    private static func json(_ timeline: Timeline) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(timeline), as: UTF8.self)
    }
}

/// A timeline for a terminal.
enum TimelineText {
    static func render(_ timeline: Timeline) -> String {
        let layout = ReportLayout(localTime: true)
        var head = ["\(timeline.object)  \(timeline.state)"]
        head += timeline.causes.prefix(5).map { "CAUSE   \($0)" }
        head += timeline.proof.prefix(10).map { "PROOF   \($0)" }
        if timeline.pods > 0 || !timeline.lost.isEmpty {
            let lost =
                timeline.lost.isEmpty
                ? ""
                : ", \(counted(timeline.lost.count, "workload")) with no replica left: \(timeline.lost.prefix(5).joined(separator: ", "))"
            head.append("RADIUS  \(counted(timeline.pods, "pod"))\(lost)")
        }
        if !timeline.common.isEmpty { head.append("COMMON  all \(timeline.common.joined(separator: " "))") }
        var blocks = [head.map(TextSafety.printable)]
        if let began = timeline.began {
            let title = "CHANGED in the 30 min before \(layout.time(began))"
            blocks.append(
                timeline.changes.isEmpty
                    ? ["\(title): nothing known"] : [title] + table(timeline.changes, layout))
        }
        if let since = timeline.eventsSince {
            blocks.append(["EVENTS  all are known since \(layout.time(since)); the API keeps none for longer"])
        }
        blocks.append(timeline.entries.isEmpty ? ["Nothing happened in this period."] : table(timeline.entries, layout))
        if !timeline.gaps.isEmpty {
            blocks.append(["NOT READ"] + timeline.gaps.map { "  \(TextSafety.printable($0))" })
        }
        return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private static func table(_ entries: [Timeline.Entry], _ layout: ReportLayout) -> [String] {
        var table = TextTable(["TIME", "SEVERITY", "SOURCE", "OBJECT", "WHAT"].map { .init(title: $0) })
        for entry in entries {
            let times = entry.count > 1 ? " (\(counted(entry.count, "time")))" : ""
            table.add([
                layout.time(entry.time), entry.severity?.title ?? "-", entry.source, entry.object,
                TextSafety.cut(entry.text, bytesMax: 400) + times,
            ])
        }
        return table.lines()
    }
}
