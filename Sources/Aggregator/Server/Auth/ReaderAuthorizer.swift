package import AggregatorMetrics
import Foundation
import HTTPTypes
package import Hummingbird
import Platform
import Responses
import Wire

/// Grants readers what Kubernetes' own authorisation (`SubjectAccessReview`) allows them: `findings.ke.io`, verb `get`
/// to read and `update` to try rules, in one namespace or in all; and the path `/metrics`, which Prometheus' account is
/// granted by its `nonResourceURLs`.
///
/// The API server's service proxy strips `Authorization`, so the token of `ke-reader` travels in `X-Ke-Token`.
package struct ReaderAuthorizer: RouterMiddleware {
    package typealias Context = CallerContext

    static let header = HTTPField.Name("X-Ke-Token")
    /// What a liveness probe asks says nothing about the cluster.
    static let open: Set<String> = ["/healthz", "/readyz"]

    package let reviewer: TokenReviewer
    package let metrics: IngestMetrics

    package init(reviewer: TokenReviewer, metrics: IngestMetrics) {
        self.reviewer = reviewer
        self.metrics = metrics
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        if Self.open.contains(path) { return try await next(request, context) }
        let isMetrics = path == "/metrics"
        let shown = Self.header.flatMap { request.headers[$0] }
        guard let token = shown ?? (isMetrics ? AgentAuthenticator.bearer(request.headers[.authorization]) : nil) else {
            return refuse(.unauthorized, "noToken", "Send a token of ke-reader in X-Ke-Token, as `ke report` does.")
        }
        let audience = shown == nil ? nil : Names.audience
        switch await reviewer.review(token, audience: audience, at: .read, from: context.address) {
        case .refused(let why): return refuse(.unauthorized, "badToken", "The token is refused: \(why).")
        case .unavailable(let why):
            return refuse(
                .serviceUnavailable, "noReview", "The token could not be verified with the API server: \(why).")
        case .accepted(let identity):
            return try await answer(identity, request, context, next)
        }
    }

    /// - Parameter identity: whose token was accepted.
    private func answer(
        _ identity: TokenIdentity, _ request: Request, _ context: Context,
        _ next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        let verb = request.method == .get ? "get" : "update"
        // Only a report keeps to its namespace; what else there is shows all.
        let namespace = path == "/v1/report" ? request.uri.queryParameters.get("namespace") ?? "" : ""
        let accesses: [(TokenReviewer.Access, ReadScope)] =
            path == "/metrics"
            ? [(.path(path), .all)]
            : [(.findings(verb: verb, namespace: ""), .all)]
                + (namespace.isEmpty
                    ? [] : [(.findings(verb: verb, namespace: namespace), .namespace(namespace))])
        for (access, scope) in accesses {
            switch await reviewer.allows(identity, access) {
            case true?:
                var context = context
                context.scope = scope
                return try await next(request, context)
            case false?: continue
            case nil:
                return refuse(.serviceUnavailable, "noReview", "Access could not be verified with the API server.")
            }
        }
        let place = namespace.isEmpty ? "all namespaces" : "namespace \(TextSafety.printable(namespace))"
        return refuse(
            .forbidden, "notAllowed",
            "\(TextSafety.printable(identity.username)) may not \(verb) findings.ke.io in \(place).")
    }

    private func refuse(_ status: HTTPResponse.Status, _ reason: String, _ text: String) -> Response {
        metrics.refused(reason)
        return Responses.json(status, Refusal(error: text))
    }
}
