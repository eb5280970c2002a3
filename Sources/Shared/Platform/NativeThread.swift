internal import Glibc

/// A detached thread of its own for a blocking C call; Swift's pool must never block.
package enum NativeThread {
    package static let stackBytes = 512 << 10

    package enum Priority: Sendable {
        case normal
        /// Runs when nothing else on the machine wants the processor, nearly.
        case lowest
    }

    /// - Returns: whether the thread started; the system refuses when it is out of threads or memory.
    @discardableResult
    package static func start(priority: Priority = .normal, _ body: @escaping @Sendable () -> Void) -> Bool {
        let context = Unmanaged.passRetained(
            Context {
                // For the calling thread alone on Linux (setpriority(2), "NOTES").
                if priority == .lowest { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) }
                body()
            })
        // In place, because some C modules claim this type's initialiser for themselves.
        let code = withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { memory -> Int32 in
            guard let attributes = memory.baseAddress else { return ENOMEM }
            pthread_attr_init(attributes)
            pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
            pthread_attr_setstacksize(attributes, stackBytes)
            defer { pthread_attr_destroy(attributes) }
            var thread = pthread_t()
            return pthread_create(
                &thread, attributes,
                { raw in
                    if let raw { Unmanaged<Context>.fromOpaque(raw).takeRetainedValue().body() }
                    return nil
                }, context.toOpaque())
        }
        if code != 0 { context.release() }
        return code == 0
    }

    /// Runs a blocking call on a thread of its own and waits for it, whether the task is cancelled or not.
    /// - Returns: nil when the thread could not be started.
    package static func run<Value: Sendable>(
        priority: Priority = .normal, _ body: @escaping @Sendable () -> Value
    ) async -> Value? {
        await withCheckedContinuation { continuation in
            let isStarted = start(priority: priority) { continuation.resume(returning: body()) }
            if !isStarted { continuation.resume(returning: nil) }
        }
    }

    private final class Context: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
