import AggregatorClient
import ArgumentParser
import CheckModel
import ClusterObjects
import Findings
import Foundation
import KubernetesAPI
import Platform
import RuleEngine
import Wire

/// Where a rules command finds the live rules, and the agents that run them.
struct RuleTargetOptions: ParsableArguments {
    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    @Option(help: "The aggregator's read address (default: $KE_AGGREGATOR, then the aggregator in the cluster).")
    var aggregator: String?

    @Option(help: "Author of the change (default: this machine's user).")
    var by: String?

    var author: String { by ?? ProcessInfo.processInfo.environment["USER"] ?? NSUserName() }

    func client() throws -> KubernetesClient { try connection.requiredCluster(SystemClock()) }

    func store() throws -> RuleStore { RuleStore(client: try client(), clock: SystemClock()) }

    /// A cluster only where a flag or the environment names one: `rules list` works without.
    func storeIfNamed() throws -> RuleStore? {
        connection.isNamed(environment: ProcessInfo.processInfo.environment) ? try store() : nil
    }

    func aggregatorClient() throws -> AggregatorClient {
        if let base = aggregator ?? ProcessInfo.processInfo.environment["KE_AGGREGATOR"] {
            return AggregatorClient(.address(base))
        }
        return AggregatorClient(.cluster(try client()))
    }
}

/// Checks, shows and writes a new version of the live rules; what push, edit and rollback share.
struct RuleChange {
    let store: RuleStore
    let live: RuleStore.Live
    let new: [String: String]
    let by: String
    let what: String

    /// Keys that hold rules.
    static func isRuleFile(_ name: String) -> Bool { RuleFolders.endings.contains { name.hasSuffix($0) } }

    static func files(_ data: [String: String]) -> [RuleFile] {
        RuleSet.read(data.filter { isRuleFile($0.key) }.map { ($0.key, Array($0.value.utf8)) })
    }

    /// The digest that agents report when they run these files.
    static func digest(_ data: [String: String]) -> String { String(RuleSet.digest(of: files(data)).prefix(8)) }

    /// Problems of the files that change; others may have old ones.
    var problems: [DocumentProblem] {
        let all = Self.files(new)
        let changed = all.filter { live.data[$0.name] != new[$0.name] }
        let rest = all.filter { file in !changed.contains { $0.name == file.name } }
        return RuleChecker(changed, others: rest + BuiltInRules.files).problems()
    }

    /// - Throws: `CommandFailure` when somebody else owns the map, or a file has errors and `isForced` is false.
    func validate(isForced: Bool) throws {
        if let owner = live.owner {
            for (name, text) in new.sorted(by: { $0.key < $1.key }) where live.data[name] != text {
                print("# \(name)\n\(text)")
            }
            throw CommandFailure(
                message:
                    "ConfigMap \(Names.namespace)/\(RuleStore.name) is kept by \(owner), which would undo a change made here. Commit the file above there instead."
            )
        }
        let problems = problems
        for problem in problems { print(TextSafety.printable(problem.description)) }
        let errors = problems.count { $0.level == .error }
        guard errors > 0 else { return }
        if isForced {
            print(
                "--force overrides \(counted(errors, "error")): agents keep the last good version of a file that does not load."
            )
            return
        }
        throw CommandFailure(
            message:
                "Nothing was changed: \(counted(errors, "error")). Fix the file, or give --force.")
    }

    func write() async throws {
        do throws(APIError) { try await store.write(new, over: live, by: by, what: what) } catch {
            if error.kind == .conflict {
                throw CommandFailure(
                    message: "Somebody else changed the rules meanwhile; nothing was written. Try again.")
            }
            throw error
        }
    }
}

/// Waits until agents run a version of the users' rules.
struct RuleRollout {
    let aggregator: AggregatorClient
    let clock: any WallClock

    /// - Returns: whether all reporting agents run it.
    func wait(for digest: String, seconds: Double) async -> Bool {
        let end = clock.now() + seconds
        var last = ""
        var snapshot: Snapshot?
        var problem: String?
        while true {
            do {
                let current = try await aggregator.snapshot(since: clock.now() - 3600)
                problem = nil
                snapshot = current
                let reporting = current.nodes.filter {
                    clock.now().seconds(since: $0.lastReport) < CheckTimes.reportingSeconds
                }
                let running = reporting.filter { $0.vitals.userRulesDigest == digest }
                let line =
                    "\(running.count) of \(counted(reporting.count, "agent")) \(reporting.count == 1 ? "runs" : "run") it"
                if line != last { print(line) }
                last = line
                if running.count == reporting.count, !reporting.isEmpty { return true }
            } catch {
                problem = "\(error)"
            }
            if clock.now() >= end { break }
            try? await clock.sleep(seconds: 1)
        }
        if let problem { print("The agents were not observed: \(problem)") }
        if let snapshot { explain(snapshot, digest) }
        return false
    }

    /// Which agents do not run it, and why.
    private func explain(_ snapshot: Snapshot, _ digest: String) {
        let now = clock.now()
        let invalid = Dictionary(
            snapshot.invalidRuleFiles.map { ($0.node, $0.detection.message) }
        ) { first, _ in first }
        let missing = snapshot.nodes.filter { $0.vitals.userRulesDigest != digest }
        if snapshot.nodes.isEmpty { print("No agent has ever reported.") }
        for node in missing.prefix(20) {
            let age = now.seconds(since: node.lastReport)
            let why: String
            if age >= CheckTimes.reportingSeconds {
                why = "last report \(GoDuration.brief(age)) ago"
            } else if let message = invalid[node.name] {
                why = message
            } else if node.vitals.userRulesDigest == nil {
                why = "its agent is too old to report which rules it runs"
            } else {
                why = "has not received the change yet; the kubelet updates a ConfigMap within about a minute"
            }
            print("  \(node.name)  \(TextSafety.printable(why))")
        }
        if missing.count > 20 { print("  … \(missing.count - 20) more") }
    }
}
