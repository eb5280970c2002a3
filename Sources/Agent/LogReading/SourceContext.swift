package import AgentState
import LogSources
package import Platform
package import RuleEngine

/// What everything that reads logs shares on one node.
package struct SourceContext: Sendable {
    package var factory: SourceFactory
    package var states: StateTable
    package var observations: ObservationTable
    /// Wakes delivery.
    package var signal: Signal
    package var setting: SourceWorker.Setting

    package init(
        factory: SourceFactory, states: StateTable, observations: ObservationTable, signal: Signal,
        setting: SourceWorker.Setting
    ) {
        self.factory = factory
        self.states = states
        self.observations = observations
        self.signal = signal
        self.setting = setting
    }

    /// A worker for each source that these rules need, not started yet.
    package func workers(for rules: RuleSet, _ sources: SourceSet) -> [SourceWorker] {
        factory.sources(for: rules.groups, observations: observations).map { source, groups in
            SourceWorker(
                source: source, groups: groups, ledger: sources.ledger(for: source.id), states: states,
                observations: observations, setting: setting)
        }
    }
}
