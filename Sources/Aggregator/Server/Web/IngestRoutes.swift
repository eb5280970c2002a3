package import AggregatorMetrics
package import Auth
import CheckModel
import Evaluation
package import Export
import Findings
import Foundation
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
package import Platform
import Report
import Responses
package import Store
package import Watch
import Wire

/// The two doors: agents write through one, readers read through the other.
package struct IngestRoutes: Sendable {
    package let store: any Store
    package let metrics: IngestMetrics
    package let clock: any WallClock
    package let logger: Logger
    /// nil: there is no cluster.
    package var cluster: ClusterKeeper?
    package var overrideFile: OverrideFile?
    /// Limits of the agents' gauges that the configuration sets for all nodes.
    package var thresholds: [String: Double] = [:]
    package var deliveries = Deliveries(sinks: [])
    let board = InstructionBoard()

    package init(
        store: any Store, metrics: IngestMetrics, clock: any WallClock, logger: Logger,
        cluster: ClusterKeeper? = nil, overrideFile: OverrideFile? = nil, thresholds: [String: Double] = [:],
        deliveries: Deliveries = Deliveries(sinks: [])
    ) {
        self.store = store
        self.metrics = metrics
        self.clock = clock
        self.logger = logger
        self.cluster = cluster
        self.overrideFile = overrideFile
        self.thresholds = thresholds
        self.deliveries = deliveries
    }

    /// `POST /v1/nodes/{node}/hello` and `POST /v1/nodes/{node}/batches`.
    /// - Parameter gate: nil: whoever reaches the port may write.
    package func ingestRouter(gate: AgentGate? = nil) -> Router<BasicRequestContext> {
        let router = Router()
        if let gate { router.add(middleware: gate) }
        router.post("/v1/nodes/:node/hello") { _, context -> Response in
            await hello(context.parameters.get("node") ?? "")
        }
        router.post("/v1/nodes/:node/batches") { request, context -> Response in
            await batch(request, node: context.parameters.get("node") ?? "")
        }
        router.post("/v1/nodes/:node/trial") { request, context -> Response in
            await trialResult(request, node: context.parameters.get("node") ?? "")
        }
        addHealth(router)
        return router
    }

    /// `GET /v1/snapshot?since=MICROSECONDS`, `GET /v1/report?since=SECONDS&severity=…`, `GET /v1/conditions`,
    /// `/healthz`, `/readyz`, `/metrics`.
    /// - Parameter gate: nil: whoever reaches the port may read.
    package func readRouter(gate: ReaderGate? = nil) -> Router<BasicRequestContext> {
        let router = Router()
        if let gate { router.add(middleware: gate) }
        router.get("/v1/snapshot") { request, _ -> Response in
            let since = request.uri.queryParameters.get("since").flatMap { Int64($0) }
            return await snapshot(since: since.map { Timestamp(microseconds: $0) } ?? clock.now() - 86_400)
        }
        router.get("/v1/report") { request, _ -> Response in
            await report(ReportQuery(request.uri.queryParameters.map { (String($0.key), String($0.value)) }))
        }
        router.get("/v1/conditions") { _, _ -> Response in await conditions() }
        router.get("/v1/deliveries/:finding") { _, context -> Response in
            Responses.json(.ok, deliveries.answer(context.parameters.get("finding") ?? ""))
        }
        addRuleRoutes(router)
        router.get("/metrics") { _, _ -> Response in
            let now = clock.now()
            let snapshot = try? await store.snapshot(since: now - ProblemMetrics.keptSeconds, now: now)
            let text = metrics.text(snapshot, isStoreUp: snapshot != nil)
            return Responses.text(.ok, Array(text.utf8), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        addHealth(router)
        return router
    }

    /// `/healthz`: the process answers. `/readyz`: the store can be written.
    private func addHealth(_ router: Router<BasicRequestContext>) {
        router.get("/healthz") { _, _ in Responses.text(.ok, Array("ok\n".utf8), type: "text/plain") }
        router.get("/readyz") { _, _ -> Response in
            if let problem = await store.problem() {
                return Responses.text(
                    .serviceUnavailable, Array("store: \(problem.message)\n".utf8), type: "text/plain")
            }
            return Responses.text(.ok, Array("ok\n".utf8), type: "text/plain")
        }
    }

    func hello(_ node: String) async -> Response {
        do throws(StoreError) {
            return Responses.json(.ok, instructed(try await store.hello(node: node), node, running: nil))
        } catch {
            return failed(error)
        }
    }

    private func batch(_ request: Request, node: String) async -> Response {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Batch.bytesMax)
        } catch {
            metrics.batch("refused")
            return refuse(.contentTooLarge, "A batch has at most \(Batch.bytesMax) bytes.")
        }
        let batch: Batch
        do {
            batch = try JSONDecoder().decode(Batch.self, from: Data(body.readableBytesView))
        } catch {
            metrics.batch("refused")
            return refuse(.badRequest, "The body is not a batch: \(Self.place(error))")
        }
        if let problem = batch.problem {
            metrics.batch("refused")
            return refuse(.unprocessableContent, "The batch breaks a limit: \(problem).")
        }
        if batch.node != node {
            metrics.batch("refused")
            return refuse(
                .unprocessableContent,
                "The batch is of node '\(TextSafety.printable(batch.node))', the path says '\(node)'.")
        }
        do throws(StoreError) {
            switch try await store.apply(batch, at: clock.now()) {
            case .applied(let answer):
                let findings = batch.sources.reduce(batch.states.count) { $0 + $1.occurrences.count }
                metrics.batch("applied", findings: findings, bytes: body.readableBytes)
                return Responses.json(.ok, instructed(answer, node, running: batch.vitals.instructionsDigest))
            case .conflict(let answer):
                metrics.batch("conflict")
                return Responses.json(
                    .conflict, Refusal(error: "Another position is committed.", acknowledgement: answer))
            }
        } catch {
            metrics.batch("failed")
            return failed(error)
        }
    }

    private func snapshot(since: Timestamp) async -> Response {
        do throws(StoreError) {
            return Responses.json(.ok, try await store.snapshot(since: since, now: clock.now()))
        } catch {
            return failed(error)
        }
    }

    /// Conditions of every node whose agent was ever heard, as node-problem-detector serves its own node's.
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
                let found = NodeConditionWriter.conditions(byNode[node.name] ?? [], firstHeard: node.firstHeard)
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
            return failed(error)
        }
    }

    /// The whole report, made here: what its reader asks for is sent, and nothing else.
    private func report(_ query: ReportQuery) async -> Response {
        guard let options = query.options else { return refuse(.badRequest, query.problem) }
        let now = clock.now()
        do throws(StoreError) {
            let since = now - max(options.windowSeconds, Evaluation.resolvedSeconds) - 60
            let snapshot = try await store.snapshot(since: since, now: now)
            var settings = query.settings(options)
            let file = overrideFile?.current
            settings.overrides.entries += file?.set.entries ?? []
            var state =
                cluster?.state(snapshot, options, more: file?.set ?? OverrideSet())
                ?? Evaluation(
                    index: nil, snapshot: snapshot, settings: settings, now: now,
                    windowSeconds: options.windowSeconds
                ).run()
            if let problem = file?.problem { state.notes.append(problem) }
            return Responses.json(.ok, ReportBuilder(state: state, options: options).build())
        } catch {
            return failed(error)
        }
    }

    func refuse(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Responses.json(status, Refusal(error: text))
    }

    /// A store that cannot write now is no reason for an agent to give anything up: it comes again.
    private func failed(_ error: StoreError) -> Response {
        metrics.storeError()
        logger.error("The store failed.", metadata: ["reason": "\(error.message)"])
        var response = Responses.json(.serviceUnavailable, Refusal(error: "The store cannot be used: \(error.message)"))
        response.headers[.retryAfter] = "2"
        return response
    }

    /// Where in the document decoding failed, without its content.
    private static func place(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "it cannot be decoded" }
        let (context, what): (DecodingError.Context?, String) =
            switch error {
            case .typeMismatch(_, let context): (context, "wrong type")
            case .valueNotFound(_, let context): (context, "no value")
            case .keyNotFound(let key, let context): (context, "no '\(key.stringValue)'")
            case .dataCorrupted(let context): (context, "not JSON")
            @unknown default: (nil, "unknown mistake")
            }
        let path = context?.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined() ?? ""
        return "\(what)\(path.isEmpty ? "" : " at \(path)")"
    }
}
