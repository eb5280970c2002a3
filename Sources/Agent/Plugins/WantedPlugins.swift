package import Platform
package import RuleEngine
import Synchronization

/// The plug-ins of the rules in force; setting them wakes the plug-in service. The newest replace the earlier ones.
package final class WantedPlugins: Sendable {
    package let signal = Signal()
    private let held: Mutex<[PluginMonitor]>

    package init(_ monitors: [PluginMonitor] = []) { held = Mutex(monitors) }

    package var current: [PluginMonitor] { held.withLock { $0 } }

    package func set(_ monitors: [PluginMonitor]) {
        held.withLock { $0 = monitors }
        signal.set()
    }
}
