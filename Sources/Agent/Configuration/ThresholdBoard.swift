import Shared
import Synchronization

/// The limits in force: the configuration's, changed by what the aggregator's overrides say of this node.
final class ThresholdBoard: Sendable {
    private let configured: NodeThresholds
    private let held: Mutex<NodeThresholds>

    init(_ configured: NodeThresholds, _ instructions: Instructions = Instructions()) {
        self.configured = configured
        held = Mutex(configured.changed(by: instructions.thresholds ?? [:]))
    }

    var current: NodeThresholds { held.withLock { $0 } }

    /// The newest instructions replace the ones before.
    func take(_ instructions: Instructions) {
        held.withLock { $0 = configured.changed(by: instructions.thresholds ?? [:]) }
    }
}
