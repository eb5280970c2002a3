import AggregatorMetrics
import Auth
import CheckModel
import Evaluation
import Export
import Findings
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Platform
import Report
import Responses
import Store
import Watch
import Wire

/// What people, Prometheus and `ke` read: `GET /v1/snapshot?since=MICROSECONDS`, `GET /v1/report?format=table&…`
/// (`ReportRequest` names its parameters), `GET /v1/conditions`, `GET /v1/deliveries/{finding}` and `GET /metrics`.
struct ReadRoutes: Sendable {
    /// How far back a snapshot goes that does not say.
    static let snapshotSeconds = 86_400.0
    /// Read beyond the report's window: a finding may end while the report is built.
    private static let marginSeconds = 60.0

    let store: any Store
    let storeHealth: StoreHealth
    let metrics: IngestMetrics
    let clock: any WallClock
    let answers: RouteAnswers
    let evaluator: ReportEvaluator
    let overrideFile: OverrideFile?
    let deliveries: Deliveries
    let exporters: ExporterStatus
    private let slots = ReportAnswer.Slots()

    func add(to router: Router<CallerContext>) {
        router.get("/v1/snapshot") { request, _ -> Response in
            let since = request.uri.queryParameters.get("since").flatMap { Int64($0) }
            return await snapshot(
                since: since.map { Timestamp(microseconds: $0) } ?? clock.now() - Self.snapshotSeconds)
        }
        router.get("/v1/report") { request, context -> Response in
            await report(request.uri.queryParameters.map { (String($0.key), String($0.value)) }, context.scope)
        }
        router.get("/v1/conditions") { _, _ -> Response in await conditions() }
        router.get("/v1/deliveries/:finding") { _, context -> Response in
            Responses.json(.ok, deliveries.answer(context.parameters.get("finding") ?? ""))
        }
        router.get("/metrics") { _, _ -> Response in await metricsText() }
    }

    private func snapshot(since: Timestamp) async -> Response {
        do throws(StoreError) {
            return Responses.json(.ok, try await store.snapshot(since: since, now: clock.now()))
        } catch {
            return answers.failed(error)
        }
    }

    /// Only what its reader asks for is made and sent.
    /// - Parameter scope: what its reader may see, whatever the query says.
    private func report(_ query: [(key: String, value: String)], _ scope: ReadScope?) async -> Response {
        var request: ReportRequest
        do throws(ReportRequest.Problem) { request = try ReportRequest(query: query) } catch {
            return answers.refuse(.badRequest, error.message)
        }
        switch scope {
        case .all?: break
        case .namespace(let namespace)?:
            (request.options.namespace, request.options.isLimited) = (namespace, true)
        case nil: return answers.refuse(.forbidden, "Nothing was granted to this reader.")
        }
        let options = request.options
        do throws(StoreError) {
            let file = overrideFile?.current
            let shared = try await shared(options, more: file?.set ?? OverrideSet())
            let notes =
                (file?.problem.map { [$0] } ?? []) + exporters.notes
                + StoreNotes.notes(
                    shared.state.missing, await storeHealth.problem(), Language(rawValue: options.language) ?? .en)
            let answer = ReportAnswer(request: request, slots: slots), now = clock.now()
            return await evaluator.report(shared, .init(options, notes: notes), answer.text) { content, state in
                response(answer, state, content, now)
            }
        } catch {
            return answers.failed(error)
        }
    }

    private func response(
        _ answer: ReportAnswer, _ shared: SharedState, _ content: ReportContent, _ now: Timestamp
    ) -> Response {
        if let node = answer.request.options.node, answer.request.format != nil, !content.knowsNode {
            return answers.refuse(.notFound, "No node named '\(TextSafety.printable(node))' is known.")
        }
        return answer.response(content, age: now.seconds(since: shared.state.generatedAt))
    }

    private func shared(_ options: ReportOptions, more: OverrideSet) async throws(StoreError) -> SharedState {
        try await evaluator.shared(options, more: more) { () async throws(StoreError) -> Snapshot in
            let now = clock.now()
            let since = now - max(options.windowSeconds, Evaluation.resolvedSeconds) - Self.marginSeconds
            return try await store.snapshot(since: since, now: now)
        }
    }

    /// Conditions of every node whose agent ever reported, as node-problem-detector serves those of its own node.
    private func conditions() async -> Response {
        struct Shown: Encodable {
            var type: String
            var status: String
            var reason: String
            var message: String
            var lastTransitionTime: String
        }
        let now = clock.now()
        do throws(StoreError) {
            let snapshot = try await store.snapshot(since: now - ProblemMetrics.keptSeconds, now: now)
            let byNode = Dictionary(grouping: snapshot.findings, by: \.node)
            let all = snapshot.nodes.map { node in
                let found = NodeConditionWriter.conditions(byNode[node.name] ?? [], firstReport: node.firstReport)
                return (
                    node.name,
                    found.map {
                        Shown(
                            type: $0.type, status: $0.isBad ? "True" : "False", reason: $0.reason, message: $0.message,
                            lastTransitionTime: $0.since.utcRFC3339)
                    }
                )
            }
            return Responses.json(.ok, Dictionary(all) { first, _ in first })
        } catch {
            return answers.failed(error)
        }
    }

    /// Served also when the store has failed: `ke_store_up` is 0 then, and what needs the store is left out.
    private func metricsText() async -> Response {
        let now = clock.now()
        var snapshot: Snapshot?, state: StateMetrics?
        do throws(StoreError) {
            snapshot = try await store.snapshot(
                since: now - max(ProblemMetrics.keptSeconds, Evaluation.resolvedSeconds) - Self.marginSeconds, now: now)
            let options = ReportOptions(hasDetail: false)
            let shared = try await shared(options, more: overrideFile?.current.set ?? OverrideSet())
            state = await evaluator.report(shared, .init(options), nil) { content, shared in
                StateMetrics(shared.state, content, now: now)
            }
        } catch {
            answers.note(error)
        }
        let problem = await storeHealth.problem()
        let text = metrics.text(snapshot, state, isStoreUp: snapshot != nil && problem == nil)
        return Responses.text(.ok, Array(text.utf8), type: "text/plain; version=0.0.4; charset=utf-8")
    }
}
