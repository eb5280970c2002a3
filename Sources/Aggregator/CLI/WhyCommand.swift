import AggregatorClient
import ArgumentParser
import Findings
import Foundation
import KubernetesAPI
import Platform
import Report
import Wire

/// `ke why node|pod|deployment NAME`: one timeline of everything known about it.
struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Print one timeline of a node, pod or deployment: what happened, and what changed before.")

    enum Kind: String, ExpressibleByArgument, CaseIterable { case node, pod, deployment }

    @Argument(help: "node, pod or deployment.")
    var kind: Kind

    @Argument(help: "Its name.")
    var name: String

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
        let now = clock.now()
        guard let target = try connection.connection(environment: environment) else {
            return try await runWithoutCluster(environment, since: now - seconds, now: now)
        }
        let client = try connection.client(target, clock: clock)
        let progress = ProgressPrinter(clock: clock)
        let (snapshot, problem) = try await snapshot(client, environment, since: now - seconds)
        var reader = WhyReader(
            client: client, namespace: client.connection.namespace, since: now - seconds, now: now, snapshot: snapshot)
        reader.snapshotProblem = problem
        reader.onProgress = { progress.note($0) }
        defer { progress.end() }
        let timeline = try await reader.read(
            kind == .node ? .node(name) : kind == .pod ? .pod(name) : .deployment(name))
        progress.end()
        print(output == "json" ? try Self.json(timeline) : TimelineText.render(timeline))
    }

    /// A node's agent told the aggregator all that it knows; of pods and deployments only the API server knows.
    private func runWithoutCluster(_ environment: [String: String], since: Timestamp, now: Timestamp) async throws {
        guard let base = aggregator ?? environment["KE_AGGREGATOR"] else {
            throw CommandFailure(
                message:
                    "There is no cluster. Name one with --kubeconfig or --server, or an aggregator with --aggregator.")
        }
        guard kind == .node else {
            throw CommandFailure(
                message:
                    "There is no cluster, and an aggregator alone knows nodes only. Name one with --kubeconfig or --server."
            )
        }
        let snapshot = try await AggregatorClient(.address(base)).snapshot(since: since)
        guard let timeline = WhyReader.read(node: name, of: snapshot, since: since, now: now) else {
            let known = snapshot.nodes.map(\.name)
            let near = Suggestion.nearest(to: name, among: known).map { " Did you mean \($0)?" } ?? ""
            throw CommandFailure(message: "No agent of a node '\(name)' reported to \(base).\(near)")
        }
        print(output == "json" ? try Self.json(timeline) : TimelineText.render(timeline))
    }

    /// - Returns: nil and no problem where there is no aggregator in the cluster.
    private func snapshot(
        _ client: KubernetesClient, _ environment: [String: String], since: Timestamp
    ) async throws -> (Snapshot?, problem: String?) {
        if let base = aggregator ?? environment["KE_AGGREGATOR"] {
            return (try await AggregatorClient(.address(base)).snapshot(since: since), nil)
        }
        do throws(AggregatorFailure) {
            return (try await AggregatorClient(.cluster(client)).snapshot(since: since), nil)
        } catch {
            return (nil, error.kind == .absent ? nil : error.reason)
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
