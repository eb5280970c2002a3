import Shared
import Synchronization

/// The limits in force: the configuration's, changed by what the aggregator's overrides say of this node.
final class ThresholdBoard: Sendable {
    private let configured: AgentLimits
    private let held: Mutex<AgentLimits>

    init(_ configured: AgentLimits, _ instructions: Instructions = Instructions()) {
        self.configured = configured
        held = Mutex(configured.changed(by: instructions.thresholds ?? [:]))
    }

    var current: AgentLimits { held.withLock { $0 } }

    /// The newest instructions replace the ones before.
    func take(_ instructions: Instructions) {
        held.withLock { $0 = configured.changed(by: instructions.thresholds ?? [:]) }
    }
}
