package import Findings
import Synchronization
package import Wire

/// The limits in force: the configuration's, changed by what the aggregator's overrides say of this node.
package final class LimitSource: Sendable {
    private let configured: AgentLimits
    private let held: Mutex<AgentLimits>

    package init(_ configured: AgentLimits, _ instructions: Instructions = Instructions()) {
        self.configured = configured
        held = Mutex(configured.changed(by: instructions.thresholds ?? [:]))
    }

    package var current: AgentLimits { held.withLock { $0 } }

    /// The newest instructions replace the ones before.
    package func take(_ instructions: Instructions) {
        held.withLock { $0 = configured.changed(by: instructions.thresholds ?? [:]) }
    }
}
