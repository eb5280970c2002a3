import HTTPTypes
package import Hummingbird
import Platform
import Responses
import Wire

/// Refuses a parameter that is given twice: two readers of one query may each take another of them.
package struct QueryGuard<Context: RequestContext>: RouterMiddleware {
    /// Parameters of a query.
    static var parametersMax: Int { 64 }
    /// A query's size.
    static var bytesMax: Int { 16 << 10 }

    package init() {}

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if let problem = Self.problem(request) {
            return Responses.json(.badRequest, Refusal(error: problem))
        }
        return try await next(request, context)
    }

    static func problem(_ request: Request) -> String? {
        let uri = request.uri
        guard let query = uri.query else { return nil }
        if query.utf8.count > bytesMax { return "The query has at most \(bytesMax) bytes." }
        let keys = uri.queryParameters.map { String($0.key) }
        if keys.count > parametersMax { return "A query has at most \(parametersMax) parameters." }
        var seen: Set<String> = []
        for key in keys where !seen.insert(key).inserted {
            let name = TextSafety.cut(TextSafety.printable(key), bytesMax: 100)
            return "\(name) is given twice."
        }
        return nil
    }
}
