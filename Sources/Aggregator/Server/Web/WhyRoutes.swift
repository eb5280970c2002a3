import Auth
import CheckModel
import HTTPTypes
import Hummingbird
import KubernetesAPI
import Platform
import Report
import Responses
import Store
import Watch
import Wire

/// `GET /v1/why?kind=KIND&name=NAME&namespace=NAMESPACE&since=MICROSECONDS`: the timeline of one object,
/// as JSON (`Timeline`).
struct WhyRoutes: Sendable {
    static let sinceSeconds = 6 * Seconds.perHour
    /// The store keeps findings for two weeks.
    static let sinceSecondsMax = 14 * Seconds.perDay

    let store: any Store
    let evaluator: ReportEvaluator
    let overrideFile: OverrideFile?
    let clock: any WallClock
    let answers: RouteAnswers
    /// nil: there is no cluster.
    let client: KubernetesClient?

    func add(to router: Router<CallerContext>) {
        router.get("/v1/why") { request, context -> Response in
            // A timeline quotes what happened on nodes, which may be of any namespace.
            guard context.scope == .all else {
                return answers.refuse(.forbidden, "A timeline needs the right to get findings.ke.io in all namespaces.")
            }
            let query = request.uri.queryParameters
            let (kind, name) = (query.get("kind") ?? "", query.get("name") ?? "")
            guard let target = WhyReader.Target(kind: kind, name: name) else {
                return answers.refuse(
                    .badRequest,
                    "'kind' must be a kind such as node or deployment, or incident, and 'name' the name of one.")
            }
            let namespace = query.get("namespace") ?? "default"
            guard WhyReader.Target.isName(namespace) else {
                return answers.refuse(.badRequest, "'namespace' is not a valid name.")
            }
            let now = clock.now()
            let asked = query.get("since").flatMap { Int64($0) }.map { Timestamp(microseconds: $0) }
            let since = max(asked ?? now - Self.sinceSeconds, now - Self.sinceSecondsMax)
            return await timeline(target, namespace, min(since, now))
        }
    }

    private func timeline(_ target: WhyReader.Target, _ namespace: String, _ since: Timestamp) async -> Response {
        do throws(StoreError) {
            if let client {
                let more = overrideFile?.current.set ?? OverrideSet()
                let reader = try await evaluator.why(
                    target, namespace: namespace, since: since, client: client, store: store, more: more)
                if let reader { return await answer(reader, target) }
            }
            return try await ofAgent(target, since)
        } catch {
            return answers.failed(error)
        }
    }

    private func answer(_ reader: WhyReader, _ target: WhyReader.Target) async -> Response {
        do throws(APIError) { return Responses.json(.ok, try await reader.read(target)) } catch {
            return answers.refuse(error.kind == .notFound ? .notFound : .badGateway, error.brief)
        }
    }

    /// Without a cluster there is nothing but what a node's agent told.
    private func ofAgent(_ target: WhyReader.Target, _ since: Timestamp) async throws(StoreError) -> Response {
        guard case .node(let name) = target else {
            return answers.refuse(.notFound, "This aggregator watches no cluster and knows nodes only.")
        }
        let now = clock.now()
        let snapshot = try await store.snapshot(of: [name], since: since, now: now)
        guard let timeline = WhyReader.read(node: name, of: snapshot, since: since, now: now) else {
            return answers.refuse(.notFound, "No node named '\(name)' is known.")
        }
        return Responses.json(.ok, timeline)
    }
}
