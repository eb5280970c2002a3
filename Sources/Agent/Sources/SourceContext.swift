import Shared

/// What everything that reads logs shares on one node.
struct SourceContext: Sendable {
    var factory: SourceFactory
    var states: StateBoard
    var observations: ObservationBoard
    /// Wakes delivery.
    var signal: Signal
    var setting: SourceWorker.Setting

    /// A worker for each source that these rules need, not started yet.
    func workers(for rules: RuleSet, _ board: SourceBoard) -> [SourceWorker] {
        factory.sources(for: rules.groups, observations: observations).map { source, groups in
            SourceWorker(
                source: source, groups: groups, ledger: board.ledger(for: source.id), states: states,
                observations: observations, setting: setting)
        }
    }
}
