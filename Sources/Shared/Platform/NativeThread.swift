internal import Glibc

/// A detached thread of its own for a blocking C call; Swift's pool must never block.
package enum NativeThread {
    package static let stackBytes = 512 << 10

    /// - Returns: whether the thread started; the system refuses when it is out of threads or memory.
    @discardableResult
    package static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let box = Unmanaged.passRetained(Box(body))
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
                    if let raw { Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body() }
                    return nil
                }, box.toOpaque())
        }
        if code != 0 { box.release() }
        return code == 0
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
