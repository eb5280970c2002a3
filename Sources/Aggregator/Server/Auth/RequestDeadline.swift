import HTTPTypes
package import Hummingbird
package import NIOCore

/// Closes a connection whose request does not arrive in time: its head, and then its body. Who drips bytes keeps no
/// place, and a half-sent body does not hold up a shutdown.
///
/// It stands in front of everything else of the connection and sees bytes only; `RequestDeadlines` tells it where
/// requests begin and end.
package final class RequestDeadline: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = NIOAny

    /// From the connection's beginning, or a request's first byte, to the end of its head.
    static let headSeconds: Int64 = 10
    /// From there to the answer, of a request with a body. Shorter than a pod's grace period.
    static let bodySeconds: Int64 = 20

    enum Event: Sendable {
        case began(hasBody: Bool)
        case ended
    }

    /// Tells the connection's deadline about a request.
    package struct Reporter: Sendable {
        private let channel: any Channel

        init(_ channel: any Channel) { self.channel = channel }

        func tell(_ event: Event) { channel.pipeline.fireUserInboundEventTriggered(event) }
    }

    /// Puts the deadline in front of the connection's other handlers, where bytes arrive first.
    package final class Installer: ChannelInboundHandler, RemovableChannelHandler {
        package typealias InboundIn = NIOAny
        private let headSeconds: Int64
        private let bodySeconds: Int64

        package init() {
            headSeconds = RequestDeadline.headSeconds
            bodySeconds = RequestDeadline.bodySeconds
        }

        init(headSeconds: Int64, bodySeconds: Int64) {
            self.headSeconds = headSeconds
            self.bodySeconds = bodySeconds
        }

        package func handlerAdded(context: ChannelHandlerContext) {
            let deadline = RequestDeadline(headSeconds: headSeconds, bodySeconds: bodySeconds)
            do { try context.pipeline.syncOperations.addHandler(deadline, position: .first) } catch {
                // Without its deadline a connection is not served.
                context.close(promise: nil)
            }
        }
    }

    private let headSeconds: Int64
    private let bodySeconds: Int64
    private var timer: Scheduled<Void>?
    private var isInRequest = false

    init(headSeconds: Int64, bodySeconds: Int64) {
        self.headSeconds = headSeconds
        self.bodySeconds = bodySeconds
    }

    package func handlerAdded(context: ChannelHandlerContext) { start(headSeconds, context) }
    package func handlerRemoved(context: ChannelHandlerContext) { stop() }

    package func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if !isInRequest, timer == nil { start(headSeconds, context) }
        context.fireChannelRead(data)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? Event else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        stop()
        switch event {
        case .began(let hasBody):
            isInRequest = true
            if hasBody { start(bodySeconds, context) }
        case .ended: isInRequest = false
        }
    }

    private func start(_ seconds: Int64, _ context: ChannelHandlerContext) {
        stop()
        let channel = context.channel
        timer = context.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }
}

/// Tells each connection's deadline where its requests begin and end. The first of all middlewares.
package struct RequestDeadlines: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        context.deadline.tell(.began(hasBody: request.method != .get && request.method != .head))
        defer { context.deadline.tell(.ended) }
        return try await next(request, context)
    }
}
