import Shared
import Synchronization

/// The aggregator's newest instructions; setting other ones wakes whoever brings rules into force.
final class InstructionBox: Sendable {
    let signal = Signal()
    private let held: Mutex<Instructions>

    init(_ instructions: Instructions) { held = Mutex(instructions) }

    var current: Instructions { held.withLock { $0 } }

    func take(_ instructions: Instructions) {
        let isNew = held.withLock { held in
            defer { held = instructions }
            return held != instructions
        }
        if isNew { signal.set() }
    }
}
