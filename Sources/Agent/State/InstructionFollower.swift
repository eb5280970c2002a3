package import Platform
import Synchronization
package import Wire

/// The aggregator's latest instructions; a change wakes the services that follow them.
package final class InstructionFollower: Sendable {
    package let signal = Signal()
    private let held: Mutex<Instructions>

    package init(_ instructions: Instructions) { held = Mutex(instructions) }

    package var current: Instructions { held.withLock { $0 } }

    package func take(_ instructions: Instructions) {
        let isNew = held.withLock { held in
            defer { held = instructions }
            return held != instructions
        }
        if isNew { signal.set() }
    }
}
