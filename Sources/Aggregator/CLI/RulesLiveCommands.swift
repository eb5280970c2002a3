import AggregatorClient
import ArgumentParser
import CheckModel
import ClusterObjects
import Commands
import Foundation
import Platform
import RuleCommands
import RuleEngine
import Web
import Wire

/// `rules disable ID` and `rules enable ID`: an override of the rule, without a copy of its pack.
struct RulesDisableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable", abstract: "Disable a rule, everywhere or on some nodes.")

    @Argument(help: "The rule's id; * stands for anything.")
    var id: String

    @OptionGroup var nodes: NodeMatchOptions

    @Option(name: .customLong("for"), help: "For how long, for example 7d; permanent by default.")
    var duration: String?

    @Option(help: "Reason, shown to others.")
    var reason = ""

    @OptionGroup var target: OverrideTargetOptions

    func run() async throws {
        if !id.contains("*"), try await !Self.isKnown(id, target) {
            let near = Suggestion.nearest(to: id, among: RuleSet(users: []).rules.map(\.id))
            throw CommandFailure(
                message:
                    "There is no rule '\(id)'.\(near.map { " Did you mean '\($0)'?" } ?? "") `rules list` names them all."
            )
        }
        var entry = OverrideSet.Entry()
        entry.rules = [id]
        try nodes.apply(to: &entry)
        entry.isDisabled = true
        if let duration { entry.until = Timestamp.now() + (try SilenceCommand.seconds(duration)) }
        entry.reason = reason
        entry.by = target.author
        let place = try await target.write(entry)
        print(
            "'\(id)' is off\(entry.until.map { " until \($0.localRFC3339)" } ?? "") in \(place); it takes effect with each agent's next batch."
        )
    }

    private static func isKnown(_ id: String, _ target: OverrideTargetOptions) async throws -> Bool {
        if RuleSet(users: []).rules.contains(where: { $0.id == id }) { return true }
        guard target.overrides == nil,
            let connection = try target.connection.connection(environment: ProcessInfo.processInfo.environment)
        else { return target.overrides != nil }
        let store = RuleStore(
            client: try target.connection.client(connection, clock: SystemClock()), clock: SystemClock())
        return RuleChange.files(try await store.live().data).contains { $0.rules.contains { $0.id == id } }
    }
}

struct RulesEnableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable", abstract: "Re-enable a disabled rule.")

    @Argument(help: "The rule's id, as given to `rules disable`.")
    var id: String

    @Option(help: "Only the override with this label, key=value. May be repeated.")
    var nodeSelector: [String] = []

    @OptionGroup var target: OverrideTargetOptions

    func run() async throws {
        let labels = try NodeMatchOptions.labels(nodeSelector)
        let (count, place) = try await target.remove { entry in
            entry.isDisabled && entry.rules == [id] && (labels.isEmpty || entry.nodeSelector == labels)
        }
        if count == 0 {
            throw CommandFailure(message: "Nothing disables '\(id)'\(labels.isEmpty ? "" : " with that selector").")
        }
        print("'\(id)' is on again: \(count) \(count == 1 ? "override" : "overrides") removed from \(place).")
    }
}

/// `rules list` and `rules show`, with the cluster's rules where a cluster is named.
struct RulesClusterListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List rules: the cluster's live ones, or those of files, then the built-in ones."
    )

    @Argument(help: "Rule files or folders instead of the cluster's.")
    var paths: [String] = []

    @Option(name: .shortAndLong, help: "\(ListText.formats.joined(separator: ", ")).")
    var output = "table"

    @OptionGroup var target: RuleTargetOptions

    func run() async throws {
        let (set, notes) = try await Self.rules(paths, target)
        print(try RulesListCommand.text(set.rules, format: output))
        if output == "table" { for note in notes { print(note) } }
    }

    static func rules(_ paths: [String], _ target: RuleTargetOptions) async throws -> (set: RuleSet, notes: [String]) {
        if paths.isEmpty, let store = try target.storeIfNamed() {
            let files = RuleChange.files(try await store.live().data)
            let overrides = await OverrideStore(client: store.client).load().overrides.active(at: SystemClock().now())
            let notes = overrides.entries.filter { !$0.rules.isEmpty }.map { entry in
                let nodes = entry.nodes + entry.nodeSelector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                return
                    "override: \(entry.rules.joined(separator: ", ")) \(entry.isDisabled ? "is off" : "is changed") on \(nodes.isEmpty ? "all nodes" : nodes.joined(separator: ", "))\(entry.reason.isEmpty ? "" : ": \(entry.reason)")"
            }
            return (RuleSet(users: files), files.flatMap(\.problems).map(\.description) + notes)
        }
        let (texts, unread) = RuleFolders.texts(paths)
        for problem in unread { throw CommandFailure(message: problem.description) }
        return (RuleSet(users: RuleSet.read(texts)), [])
    }
}

struct RulesClusterShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print one rule as YAML, with its origin.")

    @Argument(help: "The rule's id.")
    var id: String

    @Argument(help: "Rule files or folders instead of the cluster's.")
    var paths: [String] = []

    @OptionGroup var target: RuleTargetOptions

    func run() async throws {
        print(
            try RulesShowCommand.text(id, in: try await RulesClusterListCommand.rules(paths, target).set),
            terminator: "")
    }
}

/// `rules test --fleet`: a candidate over every node's own logs.
struct FleetTrial {
    let aggregator: AggregatorClient
    let clock: any WallClock

    /// Nodes that a rule's line names.
    static let nodesShown = 5

    func run(_ paths: [String], sinceSeconds: Double, waitSeconds: Double, cpuShare: Double) async throws {
        let (texts, unread) = RuleFolders.texts(paths)
        for problem in unread { throw CommandFailure(message: problem.description) }
        let files = texts.map {
            Instructions.File(
                name: URL(filePath: $0.name).lastPathComponent, text: String(decoding: $0.bytes, as: UTF8.self))
        }
        var status = try await aggregator.exchange(
            "POST", "v1/rules/trials",
            body: TrialRequest(sinceSeconds: sinceSeconds, cpuShare: cpuShare, files: files), as: TrialStatus.self)
        if status.asked.isEmpty {
            throw CommandFailure(message: "No agent has reported lately, so there is no node to try it on.")
        }
        let end = clock.now() + waitSeconds
        var last = -1
        while status.results.count < status.asked.count, clock.now() < end {
            if status.results.count != last {
                FileHandle.standardError.write(
                    Data("\(status.results.count) of \(counted(status.asked.count, "node")) answered\n".utf8))
                last = status.results.count
            }
            try? await clock.sleep(seconds: 1)
            status = try await aggregator.exchange("GET", "v1/rules/trials/\(status.id)", as: TrialStatus.self)
        }
        print(Self.text(status))
    }

    /// Per rule: findings, on how many nodes, the worst of them, examples; then nodes that did not run it.
    static func text(_ status: TrialStatus) -> String {
        var out: [String] = []
        var rules: [String] = []
        for result in status.results {
            for tally in result.tallies where !rules.contains(tally.rule) { rules.append(tally.rule) }
        }
        for rule in rules {
            let hits = status.results.compactMap { result in
                result.tallies.first { $0.rule == rule }.map { (node: result.node, tally: $0) }
            }.sorted { ($1.tally.findings, $0.node) < ($0.tally.findings, $1.node) }
            let findings = hits.reduce(0) { $0 + $1.tally.findings }
            let first = hits.compactMap(\.tally.first).min(), last = hits.compactMap(\.tally.last).max()
            let lines = counted(hits.reduce(0) { $0 + $1.tally.matches }, "line")
            let nodes = counted(status.results.count, "node")
            out.append(
                "\(rule)  \(counted(findings, "finding")) of \(lines) on \(hits.count) of \(nodes)  first \(first?.localRFC3339 ?? "-")  last \(last?.localRFC3339 ?? "-")"
            )
            let worst = hits.prefix(nodesShown).map { "\($0.node) \($0.tally.findings)" }
            out.append(
                "    " + worst.joined(separator: ", ")
                    + (hits.count > nodesShown ? " and \(counted(hits.count - nodesShown, "more node"))" : ""))
            out += hits.flatMap(\.tally.examples).prefix(RuleTrial.examplesMax).map { "    " + $0 }
        }
        if rules.isEmpty { out.append("Nothing found.") }
        for result in status.results where !result.problems.isEmpty {
            out.append("\(result.node): \(result.problems.joined(separator: "; "))")
        }
        let silent = Set(status.asked).subtracting(status.results.map(\.node)).sorted()
        if !silent.isEmpty {
            out.append(
                "no answer yet from \(silent.prefix(10).joined(separator: ", "))\(silent.count > 10 ? " and \(silent.count - 10) more" : "")"
            )
        }
        let lines = counted(status.results.reduce(0) { $0 + $1.lines }, "line")
        out.append("\(status.results.count) of \(counted(status.asked.count, "node")) answered, \(lines) read")
        return out.map(TextSafety.printable).joined(separator: "\n")
    }
}
