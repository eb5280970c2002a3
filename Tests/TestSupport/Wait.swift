import Synchronization

/// The passage of real time. The only place of the tests that sleeps; a test waits for something with `eventually`,
/// and makes load at a rate with `Pace`.
private enum Wait {
    static let pollInterval = Duration.milliseconds(25)

    static func until(_ due: ContinuousClock.Instant) async throws {
        try await Task.sleep(until: due, clock: .continuous)
    }
}

/// Asks again until `condition` holds, for what other threads and other processes do.
///
/// The deadline only bounds how long a failure takes; it is generous, so that a busy machine fails no test.
/// - Returns: whether the condition held in the end.
package func eventually(seconds: Double = 10, _ condition: () async throws -> Bool) async rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end, !Task.isCancelled {
        if try await condition() { return true }
        try? await Wait.until(.now + Wait.pollInterval)
    }
    return try await condition()
}

/// Whether `operation` ends by itself. One that does not is cancelled and left behind, so that the test goes on.
package func ends(
    withinSeconds seconds: Double = 10, _ operation: @escaping @Sendable () async -> Void
) async -> Bool {
    let state = Mutex(false)
    let task = Task {
        await operation()
        state.withLock { $0 = true }
    }
    let isDone = await eventually(seconds: seconds) { state.withLock { $0 } }
    if !isDone { task.cancel() }
    return isDone
}

/// A steady rate for what makes load or plays a machine that looks now and then: each `next` returns when its turn has
/// come. Whoever was late catches up. It is not for waiting until something has happened.
package struct Pace: Sendable {
    private let interval: Duration
    private var due = ContinuousClock.now

    package init(every interval: Duration) { self.interval = interval }

    /// - Throws: `CancellationError`.
    package mutating func next() async throws {
        due += interval
        try await Wait.until(due)
    }
}
