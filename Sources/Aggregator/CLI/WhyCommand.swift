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

    @Option(help: "Output language: en or zh.")
    var lang: String?

    func run() async throws { print(try await text()) }

    /// - Parameter showsProgress: false: standard error is part of a screen.
    func text(showsProgress: Bool = true) async throws -> String {
        guard ["table", "json"].contains(output) else {
            throw CommandFailure(message: "-o must be table or json; '\(output)' is not valid.")
        }
        let language = try CheckOptions.language(lang)
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
        let timeline = try await timeline(words, since, environment, clock, showsProgress)
        return output == "json" ? try Self.json(timeline) : TimelineText.render(timeline, language)
    }

    private func timeline(
        _ words: WhyWords, _ since: Timestamp, _ environment: [String: String], _ clock: SystemClock,
        _ showsProgress: Bool
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
        let progress = ProgressPrinter(clock: clock, isOn: isatty(2) == 1 && showsProgress)
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
    static func render(_ timeline: Timeline, _ language: Language = .en) -> String {
        let layout = ReportLayout(localTime: true)
        func pick(_ en: String, _ zh: String) -> String { language == .zh ? zh : en }
        func label(_ en: String, _ zh: String) -> String { TerminalWidth.padded(pick(en, zh), columns: 8) }
        var head = ["\(timeline.object)  \(timeline.state)"]
        head += timeline.causes.prefix(5).map { "\(label("CAUSE", "原因"))\($0)" }
        head += timeline.proof.prefix(10).map { "\(label("PROOF", "依据"))\($0)" }
        if timeline.pods > 0 || !timeline.lost.isEmpty {
            let count = timeline.lost.count, named = timeline.lost.prefix(5).joined(separator: ", ")
            let lost = pick(
                ", \(counted(count, "workload")) with no replica left: \(named)", "，\(count) 个工作负载已无副本：\(named)")
            head.append(
                label("RADIUS", "影响") + pick(counted(timeline.pods, "pod"), "\(timeline.pods) 个 Pod")
                    + (timeline.lost.isEmpty ? "" : lost))
        }
        if !timeline.common.isEmpty {
            let common = timeline.common.joined(separator: " ")
            head.append(label("COMMON", "共同点") + pick("all \(common)", common))
        }
        var blocks = [head.map(TextSafety.printable)]
        if let began = timeline.began {
            let time = layout.time(began)
            let title = pick("CHANGED in the 30 min before \(time)", "\(time) 之前 30 分钟内的变更")
            blocks.append(
                timeline.changes.isEmpty
                    ? ["\(title)\(pick(": nothing known", "：没有已知变更"))"] : [title] + table(timeline.changes, layout))
        }
        if let since = timeline.eventsSince {
            let time = layout.time(since)
            blocks.append([
                pick(
                    "EVENTS  all are known since \(time); the API keeps none for longer",
                    "事件    自 \(time) 起全部已知；API 不保留更早的事件")
            ])
        }
        blocks.append(
            timeline.entries.isEmpty
                ? [pick("Nothing happened in this period.", "此期间没有发生任何事情。")] : table(timeline.entries, layout))
        if !timeline.gaps.isEmpty {
            blocks.append([pick("NOT READ", "未读取")] + timeline.gaps.map { "  \(TextSafety.printable($0))" })
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
