package import Hummingbird
import NIOCore

/// What a reader may see.
package enum ReadScope: Equatable, Sendable {
    case all
    /// What is in one namespace, and of what is in none only that it is there.
    case namespace(String)
}

/// A request, and who makes it. What was granted travels in it, and is never read again from the request.
package struct CallerContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// What a reader may see; nil: nothing was granted.
    package var scope: ReadScope?
    /// Of the other end; empty: not known.
    let address: String
    /// Told when the request begins and ends.
    let deadline: RequestDeadline.Reporter

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
        deadline = RequestDeadline.Reporter(source.channel)
    }
}

/// Where no tokens are asked for, whoever reaches the port may see all.
package struct OpenReaders: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: CallerContext, next: (Request, CallerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.scope = .all
        return try await next(request, context)
    }
}
