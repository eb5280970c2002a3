package import AggregatorMetrics
import Foundation
import HTTPTypes
package import Hummingbird
package import KubernetesAPI
package import Platform
import Responses
import Synchronization
import Wire

/// Lets an agent write for its own node and for no other.
///
/// An agent authenticates with a projected token of `ke-system/ke-agent` for audience `ke-aggregator`. Its node is the
/// token's node claim (Kubernetes 1.29 and later), else the node of the pod that the token is bound to.
package struct AgentAuthenticator: RouterMiddleware {
    package typealias Context = CallerContext

    static let account = "system:serviceaccount:\(Names.namespace):\(Names.agent)"
    /// Rate limit of one node's requests: a burst, then a rate per second. A flood of findings takes one batch a
    /// second.
    static let burst = 60.0
    static let perSecond = 10.0

    let reviewer: TokenReviewer
    let client: KubernetesClient
    let metrics: IngestMetrics
    let clock: any WallClock
    private let nodes = PodNodes()
    private let buckets = Buckets()

    package init(reviewer: TokenReviewer, client: KubernetesClient, metrics: IngestMetrics, clock: any WallClock) {
        self.reviewer = reviewer
        self.client = client
        self.metrics = metrics
        self.clock = clock
    }

    package func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        if ReaderAuthorizer.open.contains(path) { return try await next(request, context) }
        // What is not understood is not let through: another spelling of a path is no way around. Names of nodes need
        // no percent sign, so none is decoded.
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "v1", parts[2] == "nodes", !path.contains("%") else {
            return refuse(.notFound, "noPath", "No such path; valid are /v1/nodes/NODE/hello, …/batches and …/trial.")
        }
        let node = String(parts[3])
        guard let token = Self.bearer(request.headers[.authorization]) else {
            return refuse(.unauthorized, "noToken", "Send the agent's token: Authorization: Bearer ….")
        }
        switch await reviewer.review(token, audience: Names.audience, at: .ingest, from: context.address) {
        case .refused(let why): return refuse(.unauthorized, "badToken", "The token is refused: \(why).")
        case .unavailable(let why):
            return busy("noReview", "The token could not be verified with the API server: \(why).")
        case .accepted(let identity):
            guard identity.username == Self.account else {
                return refuse(
                    .forbidden, "otherAccount",
                    "\(TextSafety.printable(identity.username)) is not \(Self.account).")
            }
            switch await self.node(of: identity) {
            case .unavailable(let why): return busy("noReview", "The token's node could not be looked up: \(why).")
            case .none: return refuse(.forbidden, "noNode", "The token is not bound to a pod, so its node is unknown.")
            case .node(let own) where own != node:
                return refuse(
                    .forbidden, "otherNode",
                    "The token is of node '\(TextSafety.printable(own))', the path says '\(TextSafety.printable(node))'."
                )
            case .node: break
            }
        }
        if let wait = buckets.wait(node, clock.now()) {
            metrics.refused("rateLimit")
            var response = Responses.json(.tooManyRequests, Refusal(error: "Too many requests from this node."))
            response.headers[.retryAfter] = String(Int(wait.rounded(.up)))
            return response
        }
        return try await next(request, context)
    }

    private func refuse(_ status: HTTPResponse.Status, _ reason: String, _ text: String) -> Response {
        metrics.refused(reason)
        return Responses.json(status, Refusal(error: text))
    }

    private func busy(_ reason: String, _ text: String) -> Response {
        var response = refuse(.serviceUnavailable, reason, text)
        response.headers[.retryAfter] = "5"
        return response
    }

    static func bearer(_ header: String?) -> String? {
        guard let header, header.lowercased().hasPrefix("bearer ") else { return nil }
        let token = header.dropFirst("bearer ".count).trimmingCharacters(in: .whitespaces)
        return token.isEmpty ? nil : token
    }

    // MARK: The node of a token

    private enum Place {
        case node(String)
        case none
        case unavailable(String)
    }

    private final class PodNodes: Sendable {
        static let most = 20_000
        let known = Mutex<[String: String]>([:])
    }

    private func node(of identity: TokenIdentity) async -> Place {
        if let node = identity.node { return .node(node) }
        guard let pod = identity.pod, let uid = identity.podUID else { return .none }
        if let known = nodes.known.withLock({ $0[uid] }) { return .node(known) }
        let namespace = Names.namespace
        do throws(APIError) {
            let answer = try await client.get("/api/v1/namespaces/\(namespace)/pods/\(pod.urlEscaped)")
            // The pod may have been recreated under its name.
            guard let root = (try? JSONDocument(answer.body))?.root, root["metadata"]?["uid"]?.string == uid,
                let node = root["spec"]?["nodeName"]?.string, !node.isEmpty
            else { return .none }
            nodes.known.withLock { known in
                if known.count >= PodNodes.most { known = [:] }
                known[uid] = node
            }
            return .node(node)
        } catch {
            return error.kind == .notFound ? .none : .unavailable(error.brief)
        }
    }

    // MARK: Rates

    /// A bucket for each node.
    private final class Buckets: Sendable {
        private let all = Mutex<[String: TokenBucket]>([:])

        /// Takes one; else the seconds until there is one.
        func wait(_ node: String, _ now: Timestamp) -> Double? {
            all.withLock {
                $0[node, default: TokenBucket(full: AgentAuthenticator.burst, at: now)]
                    .take(burst: AgentAuthenticator.burst, perSecond: AgentAuthenticator.perSecond, at: now)
            }
        }
    }
}
