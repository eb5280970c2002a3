import AggregatorClient
import ArgumentParser
import ClusterObjects
import Foundation
import Platform
import RuleEngine
import Web
import Wire

/// `rules push FILE…`: bring rule files to every node.
struct RulesPushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Check rule files, show the changes, roll them out to every agent and wait until they run.")

    @Argument(help: "Rule files; each replaces the live file of the same name.")
    var paths: [String]

    @Flag(help: "Push despite errors, which are listed.")
    var force = false

    @Option(help: "Start on this share of the nodes, for example 5%; then 25%, then all.")
    var canary: String?

    @Option(name: .customLong("for"), help: "With --canary: how long to observe each step.")
    var span = "10m"

    @Option(help: "With --canary: roll back above this number of findings an hour on the canary nodes.")
    var maxHitsPerHour = 60.0

    @OptionGroup var rollout: RolloutOptions

    @OptionGroup var target: RuleTargetOptions

    func run() async throws {
        let store = try target.store()
        let (texts, unread) = RuleFolders.texts(paths)
        for problem in unread { throw CommandFailure(message: problem.description) }
        let live = try await store.live()
        var new = live.data
        var files: [Instructions.File] = []
        for (path, bytes) in texts {
            let name = URL(filePath: path).lastPathComponent
            new[name] = String(decoding: bytes, as: UTF8.self)
            files.append(.init(name: name, text: String(decoding: bytes, as: UTF8.self)))
        }
        let change = RuleChange(
            store: store, live: live, new: new, by: target.author,
            what: "push \(files.map(\.name).joined(separator: ", "))")
        try change.validate(isForced: force)
        if new == live.data {
            print("Nothing to change: the live rules already contain these files.")
        } else {
            print(FileDiff.text(live.data, new))
            if let canary { try await watch(canary, files) }
            try await change.write()
            print("Written to ConfigMap \(Names.namespace)/\(RuleStore.name). `rules rollback` undoes it.")
            if canary != nil {
                await Self.endCanary(try target.aggregatorClient())
            }
        }
        try await rollout.wait(for: new, target)
    }

    // MARK: Canary

    private func watch(_ share: String, _ files: [Instructions.File]) async throws {
        guard let first = Double(share.hasSuffix("%") ? String(share.dropLast()) : share), first > 0, first <= 100
        else {
            throw CommandFailure(message: "--canary must be a share of the nodes, such as 5%; '\(share)' is not valid.")
        }
        let seconds = try RolloutOptions.seconds(span, "--for")
        let aggregator = try target.aggregatorClient()
        for percent in [first, 25].filter({ $0 >= first && $0 < 100 || $0 == first }) {
            do {
                try await step(percent, files, seconds, aggregator)
            } catch {
                await Self.endCanary(aggregator)
                throw error
            }
        }
    }

    private static func endCanary(_ aggregator: AggregatorClient) async {
        do throws(AggregatorFailure) {
            _ = try await aggregator.exchange("DELETE", "v1/rules/canary", as: [String: String].self)
        } catch {
            print("The canary could not be ended (\(error.reason)); it ends by itself within two minutes.")
        }
    }

    private func step(
        _ percent: Double, _ files: [Instructions.File], _ seconds: Double, _ aggregator: AggregatorClient
    ) async throws {
        let clock = SystemClock()
        var status = try await aggregator.exchange(
            "PUT", "v1/rules/canary", body: CanaryRequest(files: files, percent: percent), as: CanaryStatus.self)
        if status.nodes.isEmpty {
            throw CommandFailure(message: "No agent has reported lately, so there is no node to try it on.")
        }
        print(
            "canary on \(counted(status.nodes.count, "node")) (\(Int(percent))%): \(status.nodes.prefix(5).joined(separator: ", "))\(status.nodes.count > 5 ? ", …" : "")"
        )
        let start = clock.now()
        while clock.now().seconds(since: start) < seconds || status.running.count < status.nodes.count {
            try? await clock.sleep(seconds: min(2, max(0.2, seconds / 20)))
            status = try await aggregator.exchange("GET", "v1/rules/canary", as: CanaryStatus.self)
            if let (node, why) = status.refused.min(by: { $0.key < $1.key }) {
                throw CommandFailure(message: "Rolled back: \(node) refuses the file: \(TextSafety.printable(why))")
            }
            let limit = maxHitsPerHour * max(status.seconds, 60) / 3600
            if Double(status.hits) > max(limit, 1) {
                throw CommandFailure(
                    message:
                        "Rolled back: \(counted(status.hits, "finding")) within \(GoDuration.brief(status.seconds)) on \(counted(status.nodes.count, "node")), over \(maxHitsPerHour) an hour."
                )
            }
            if clock.now().seconds(since: start) > seconds + 120, status.running.count < status.nodes.count {
                let missing = Set(status.nodes).subtracting(status.running).sorted()
                throw CommandFailure(
                    message:
                        "Rolled back: it does not run on \(missing.prefix(5).joined(separator: ", ")) after two minutes."
                )
            }
        }
        print("  \(counted(status.hits, "finding")) within \(GoDuration.brief(status.seconds)): extending the canary")
    }
}

/// `rules edit`: the live rules in an editor.
struct RulesEditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit", abstract: "Open a live rule file in $EDITOR, check it, show the changes and apply them.")

    @Argument(help: "The file's name; optional when there is only one. A new name creates a new file.")
    var file: String?

    @Flag(help: "Apply despite errors, which are listed.")
    var force = false

    @OptionGroup var rollout: RolloutOptions

    @OptionGroup var target: RuleTargetOptions

    private static let template = """
        apiVersion: ke/v1
        kind: LogRules
        source: { journald: { transport: kernel } }
        rules:
          # `rules new --from-line '…'` proposes one.

        """

    func run() async throws {
        let store = try target.store()
        let live = try await store.live()
        let names = live.data.keys.filter(RuleChange.isRuleFile).sorted()
        guard let name = file ?? (names.count <= 1 ? names.first ?? "rules.yaml" : nil) else {
            throw CommandFailure(message: "Name one of the files: \(names.joined(separator: ", ")).")
        }
        guard RuleChange.isRuleFile(name) else {
            throw CommandFailure(
                message: "'\(name)' is not a valid name of a rule file; it ends with .yaml, .yml or .json.")
        }
        let before = live.data[name] ?? Self.template
        let text = try await Self.edit(before, name: name)
        if text == live.data[name] ?? "" || live.data[name] == nil && text == Self.template {
            print("Nothing changes.")
            return
        }
        var new = live.data
        new[name] = text.isEmpty ? nil : text
        let change = RuleChange(store: store, live: live, new: new, by: target.author, what: "edit \(name)")
        do { try change.validate(isForced: force) } catch {
            // What was typed is not lost.
            let kept = FileManager.default.temporaryDirectory.appending(path: "ke-edit-\(name)").path
            do throws(SystemError) {
                try Files.writeAtomically(Array(text.utf8), to: kept)
                print("Your text is in \(kept).")
            } catch {
                print("Your text could not be saved to \(kept): \(error)\n\(text)")
            }
            throw error
        }
        print(FileDiff.text(live.data, new))
        try await change.write()
        print("Written to ConfigMap \(Names.namespace)/\(RuleStore.name). `rules rollback` undoes it.")
        try await rollout.wait(for: new, target)
    }

    /// Runs `$KUBE_EDITOR`, `$EDITOR` or vi on a copy, as kubectl does.
    static func edit(_ text: String, name: String) async throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let editor = environment["KUBE_EDITOR"] ?? environment["EDITOR"] ?? "vi"
        let folder = FileManager.default.temporaryDirectory.appending(path: "ke-edit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: name).path
        try Files.writeAtomically(Array(text.utf8), to: path)
        let end: ChildProcess.End
        do throws(SystemError) {
            // The editor's own arguments are the user's; the path is an argument, not a piece of script.
            end = try await ChildProcess.runInTerminal(
                path: "/bin/sh", arguments: ["-c", "exec \(editor) \"$1\"", "ke-edit", path])
        } catch {
            throw CommandFailure(message: "The editor cannot be started: \(editor): \(error)")
        }
        switch end {
        case .exited(status: 0): break
        case .exited(let status), .killed(signal: let status):
            throw CommandFailure(message: "The editor ended with \(status); nothing was changed.")
        case .timedOut, .cancelled: throw CommandFailure(message: "The editor was interrupted; nothing was changed.")
        }
        return try Files.text(path)
    }
}

/// `rules rollback`: the version before.
struct RulesRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Restore an earlier version of the live rules.")

    @Option(help: "Number of the revision (default: the newest).")
    var to: Int?

    @Flag(help: "Only list the revisions.")
    var list = false

    @OptionGroup var rollout: RolloutOptions

    @OptionGroup var target: RuleTargetOptions

    func run() async throws {
        let store = try target.store()
        let revisions = try await store.revisions()
        if list {
            print("REVISION  REPLACED              BY  REPLACED BY")
            for revision in revisions { print("\(revision.number)  \(revision.at)  \(revision.by)  \(revision.what)") }
            return
        }
        guard let revision = to.map({ number in revisions.first { $0.number == number } }) ?? revisions.first else {
            throw CommandFailure(
                message: to == nil
                    ? "There is no earlier version." : "There is no revision \(to ?? 0); --list shows them.")
        }
        let live = try await store.live()
        if let owner = live.owner {
            throw CommandFailure(message: "The live rules are kept by \(owner); roll back there.")
        }
        print(FileDiff.text(live.data, revision.data))
        let change = RuleChange(
            store: store, live: live, new: revision.data, by: target.author, what: "rollback to \(revision.number)")
        try await change.write()
        print("Revision \(revision.number) is live again.")
        try await rollout.wait(for: revision.data, target)
    }
}
