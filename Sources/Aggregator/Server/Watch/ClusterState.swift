package import CheckModel
import Checks
import ClusterIndex
import ClusterObjects
package import Evaluation
import KubernetesAPI
package import Platform
import Practice
import Synchronization

/// What the aggregator knows of its cluster now. The services of this room publish to it; reports, exporters and
/// agents' instructions read it, which costs the API server nothing.
package final class ClusterState: Sendable {
    /// Failed probes in a row until the API server counts as unreachable.
    static let failuresMax = 3
    /// A watch that is broken for longer makes its kind unobserved.
    static let staleSeconds = 60.0
    /// How often `waitUntilListed` looks.
    private static let listedSeconds = 0.5

    struct Contents: Sendable {
        var index: ClusterIndex
        var facts = AggregatorFacts()
        /// The server's clock less ours, by kind.
        var offsets: [ClusterKind: Double] = [:]
        /// Parts that changed since they were last taken.
        var changed = ChangedScopes()
        /// When each watch last worked.
        var alive: [ClusterKind: Timestamp] = [:]
        var problems: [ClusterKind: APIError] = [:]
        /// Failed probes in a row.
        var failures = 0
        /// Keys of the fatal findings of the last evaluation.
        var fatal: Set<String> = []
        var overrides = OverrideStore.Loaded()
    }

    let settings: EvaluationSettings
    let audit: AuditRecorder
    private let clock: any WallClock
    private let contents: Mutex<Contents>

    /// - Parameter name: of the cluster, for the report's header.
    package init(name: String, settings: EvaluationSettings, clock: any WallClock) {
        self.settings = settings
        self.clock = clock
        audit = AuditRecorder(settings.auditor)
        contents = Mutex(Contents(index: ClusterIndex(name: name)))
    }

    // MARK: Reading

    /// What is known now. Clocks of watched kinds move on; kinds whose watch is broken are unobserved.
    var index: ClusterIndex {
        let now = clock.now()
        return contents.withLock { contents in
            var index = contents.index
            for (kind, offset) in contents.offsets {
                let isStale = contents.alive[kind].map { now.seconds(since: $0) > Self.staleSeconds } ?? true
                index.states[kind]?.date = now + offset
                if let problem = contents.problems[kind], isStale { index.states[kind]?.problem = problem }
            }
            index.isUnreachable = contents.failures >= Self.failuresMax
            return index
        }
    }

    /// The overrides that were read last.
    package var overrides: OverrideSet { contents.withLock { $0.overrides.overrides } }

    /// A node's labels; nil: the node is not known.
    package func labels(of node: String) -> [String: String]? { contents.withLock { $0.index.nodes[node]?.labels } }

    func read<Result: Sendable>(_ body: (Contents) -> Result) -> Result { contents.withLock { body($0) } }

    /// What this aggregator has to report itself.
    var facts: AggregatorFacts { contents.withLock { $0.facts } }

    /// The parts that changed since the last call.
    func takeChanges() -> ChangedScopes {
        contents.withLock { contents in
            defer { contents.changed = ChangedScopes() }
            return contents.changed
        }
    }

    // MARK: Publishing

    func update<Result: Sendable>(_ body: (inout Contents) -> Result) -> Result { contents.withLock { body(&$0) } }

    /// - Parameter text: nodes whose condition is held back; nil: none.
    package func setConditionStorm(_ text: String?) {
        update { $0.facts.conditionStorm = text.map { .held($0) } ?? .nothingHeld }
    }

    /// Returns when each kind was listed once, with or without success, or after `seconds`: an evaluation of an index
    /// that is still being filled would see missing objects.
    func waitUntilListed(seconds: Double) async {
        let kinds = watchedKinds
        let end = clock.now() + seconds
        while !Task.isCancelled, clock.now() < end {
            if read({ contents in kinds.allSatisfy { contents.index.states[$0] != nil } }) { return }
            try? await clock.sleep(seconds: Self.listedSeconds)
        }
    }

    /// Kinds that are listed and watched.
    var watchedKinds: [ClusterKind] { settings.kinds.sorted().filter { $0.isList && $0 != .componentstatuses } }
}
