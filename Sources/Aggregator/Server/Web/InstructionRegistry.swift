import CheckModel
import Platform
import Synchronization
import Wire

/// What agents are asked to do differently: overrides of rules, a canary's rule files, a trial of a candidate.
final class InstructionRegistry: Sendable {
    /// Trials that are remembered; older ones are forgotten.
    static let trialsMax = 4
    /// How long a trial is offered.
    static let trialSeconds = 900.0
    /// A canary ends when its status was not read for so long: its push was ended.
    static let canaryLeaseSeconds = 90.0
    static let filesBytesMax = 512 << 10

    struct Trial: Sendable {
        var request: Instructions.Trial
        var startedAt: Timestamp
        var asked: Set<String>
        var results: [String: TrialResult] = [:]
    }

    struct Canary: Sendable {
        var files: [Instructions.File]
        var rules: Set<String>
        var percent: Double
        var nodes: Set<String>
        var startedAt: Timestamp
        var renewedAt: Timestamp
        /// Counts of these rules' findings when it began, by finding.
        var baseline: [String: Int]
    }

    private struct Contents {
        var trials: [Trial] = []
        var canary: Canary?
    }

    private let contents = Mutex(Contents())

    /// For one node, now.
    /// - Parameter thresholds: of gauges, on every node; overrides come after them.
    func instructions(
        for node: String, overrides: OverrideSet, thresholds: [String: Double] = [:], labels: [String: String],
        at now: Timestamp
    ) -> Instructions {
        contents.withLock { contents in
            Self.expire(&contents, now)
            let trial = contents.trials.last { $0.asked.contains(node) && $0.results[node] == nil }
            let canary = contents.canary.flatMap { $0.nodes.contains(node) ? $0.files : nil }
            return Instructions(
                adjustments: overrides.adjustments(node: node, labels: labels, at: now), files: canary ?? [],
                trial: trial?.request,
                thresholds: thresholds.merging(overrides.nodeThresholds(node: node, labels: labels, at: now)) { $1 })
        }
    }

    private static func expire(_ contents: inout Contents, _ now: Timestamp) {
        contents.trials.removeAll { now.seconds(since: $0.startedAt) > trialSeconds }
        if let canary = contents.canary, now.seconds(since: canary.renewedAt) > canaryLeaseSeconds {
            contents.canary = nil
        }
    }

    // MARK: Trials

    func start(_ trial: Instructions.Trial, on nodes: Set<String>, at now: Timestamp) {
        contents.withLock { contents in
            contents.trials.append(Trial(request: trial, startedAt: now, asked: nodes))
            if contents.trials.count > Self.trialsMax { contents.trials.removeFirst() }
        }
    }

    /// - Returns: whether the trial is still wanted.
    func take(_ result: TrialResult) -> Bool {
        contents.withLock { contents in
            guard let index = contents.trials.firstIndex(where: { $0.request.id == result.trial }),
                contents.trials[index].asked.contains(result.node)
            else { return false }
            contents.trials[index].results[result.node] = result
            return true
        }
    }

    func trial(_ id: String) -> Trial? { contents.withLock { $0.trials.first { $0.request.id == id } } }

    // MARK: Canary

    /// Sets or widens the canary: the nodes of a smaller share are among those of a larger one.
    func setCanary(
        _ files: [Instructions.File], rules: Set<String>, percent: Double, among all: [String],
        counts: [String: Int], at now: Timestamp
    ) {
        let ordered = all.sorted { (Self.place($0), $0) < (Self.place($1), $1) }
        let count = min(all.count, max(1, Int(saturating: (Double(all.count) * percent / 100).rounded(.up))))
        contents.withLock { contents in
            let old = contents.canary.flatMap { $0.files == files ? $0 : nil }
            contents.canary = Canary(
                files: files, rules: rules, percent: percent, nodes: Set(ordered.prefix(count)),
                startedAt: old?.startedAt ?? now, renewedAt: now, baseline: old?.baseline ?? counts)
        }
    }

    private static func place(_ node: String) -> String {
        var hash = StableHash()
        hash.combine(node)
        return hash.hex
    }

    /// The canary, whose lease this renews.
    func canary(at now: Timestamp) -> Canary? {
        contents.withLock { contents in
            Self.expire(&contents, now)
            contents.canary?.renewedAt = now
            return contents.canary
        }
    }

    func endCanary() { contents.withLock { $0.canary = nil } }
}
