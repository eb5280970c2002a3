package import NIOCore
import Synchronization

/// Limits the concurrent connections of each address, so that one faulty or hostile agent does not starve the others.
/// An agent keeps one; a few more are its reconnections. Loopback is not limited: those connections come from this
/// machine.
package final class ConnectionLimiter: Sendable {
    static let perAddressMax = 64

    private let most: Int
    private let sparesLoopback: Bool
    private let counts = Mutex<[String: Int]>([:])
    private let refusals = Atomic(0)

    package init(most: Int = ConnectionLimiter.perAddressMax, sparesLoopback: Bool = true) {
        self.most = most
        self.sparesLoopback = sparesLoopback
    }

    var refused: Int { refusals.load(ordering: .relaxed) }

    package func handler() -> any RemovableChannelHandler { Handler(self) }

    private func enter(_ address: String) -> Bool {
        counts.withLock { counts in
            let count = counts[address] ?? 0
            if count >= most {
                refusals.add(1, ordering: .relaxed)
                return false
            }
            counts[address] = count + 1
            return true
        }
    }

    private func leave(_ address: String) {
        counts.withLock { counts in
            let count = (counts[address] ?? 1) - 1
            counts[address] = count > 0 ? count : nil
        }
    }

    private final class Handler: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = NIOAny
        private let limiter: ConnectionLimiter
        /// Counted as of this address.
        private var address: String?

        init(_ limiter: ConnectionLimiter) { self.limiter = limiter }

        func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { look(context) } }

        func channelActive(context: ChannelHandlerContext) {
            look(context)
            context.fireChannelActive()
        }

        func channelInactive(context: ChannelHandlerContext) {
            if let address { limiter.leave(address) }
            address = nil
            context.fireChannelInactive()
        }

        private func look(_ context: ChannelHandlerContext) {
            guard address == nil, let from = context.remoteAddress?.ipAddress else { return }
            if limiter.sparesLoopback, from == "::1" || from.hasPrefix("127.") || from.hasPrefix("::ffff:127.") {
                return
            }
            if limiter.enter(from) { address = from } else { context.close(promise: nil) }
        }
    }
}
