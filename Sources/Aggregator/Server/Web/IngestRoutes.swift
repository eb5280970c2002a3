import AggregatorMetrics
import Auth
import Findings
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Platform
import Responses
import Store
import Wire

/// What agents write: `POST /v1/nodes/{node}/hello`, `…/batches` and `…/trial`.
struct IngestRoutes: Sendable {
    /// Of a trial's result.
    static let resultBytesMax = 2 << 20

    let store: any Store
    let metrics: IngestMetrics
    let clock: any WallClock
    let answers: RouteAnswers
    let instructions: AgentInstructions

    func add(to router: Router<CallerContext>) {
        router.post("/v1/nodes/:node/hello") { _, context -> Response in
            await hello(context.parameters.get("node") ?? "")
        }
        router.post("/v1/nodes/:node/batches") { request, context -> Response in
            await batch(request, node: context.parameters.get("node") ?? "")
        }
        router.post("/v1/nodes/:node/trial") { request, context -> Response in
            await trialResult(request, node: context.parameters.get("node") ?? "")
        }
    }

    private func hello(_ node: String) async -> Response {
        do throws(StoreError) {
            let answer = try await store.hello(node: node)
            return Responses.json(.ok, instructions.added(to: answer, node, running: nil))
        } catch {
            return answers.failed(error)
        }
    }

    private func batch(_ request: Request, node: String) async -> Response {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Batch.bytesMax)
        } catch is NIOTooManyBytesError {
            metrics.batch("refused")
            return answers.refuse(.contentTooLarge, "A batch has at most \(Batch.bytesMax) bytes.")
        } catch {
            // Cut on its way, or not HTTP: nothing is known of the batch, so its agent sends it again.
            metrics.batch("refused")
            return answers.refuse(.requestTimeout, "The body could not be read to its end.")
        }
        let size = body.readableBytes
        let batch: Batch
        do {
            batch = try JSONDecoder().decode(Batch.self, from: Data(body.readableBytesView))
        } catch {
            metrics.batch("refused")
            return answers.refuse(
                .badRequest, "The body is not a valid batch: \(RouteAnswers.place(error))", bytesRead: size)
        }
        if let problem = batch.problem {
            metrics.batch("refused")
            return answers.refuse(.unprocessableContent, "The batch breaks a limit: \(problem).", bytesRead: size)
        }
        if batch.node != node {
            metrics.batch("refused")
            return answers.refuse(
                .unprocessableContent,
                "The batch is of node '\(TextSafety.printable(batch.node))', the path says '\(TextSafety.printable(node))'.",
                bytesRead: size)
        }
        return await apply(batch, bytes: size)
    }

    private func apply(_ batch: Batch, bytes: Int) async -> Response {
        do throws(StoreError) {
            switch try await store.apply(batch, at: clock.now()) {
            case .applied(let answer):
                let findings = batch.sources.reduce(batch.states.count) { $0 + $1.occurrences.count }
                metrics.batch("applied", findings: findings, bytes: bytes)
                return Responses.json(
                    .ok, instructions.added(to: answer, batch.node, running: batch.vitals.instructionsDigest))
            case .conflict(let answer):
                metrics.batch("conflict")
                return Responses.json(
                    .conflict, Refusal(error: "Another position is committed.", acknowledgement: answer))
            }
        } catch {
            metrics.batch("failed")
            return answers.failed(error)
        }
    }

    private func trialResult(_ request: Request, node: String) async -> Response {
        await answers.decoded(request, TrialResult.self, bytesMax: Self.resultBytesMax) { result in
            guard result.node == node else {
                return answers.refuse(.unprocessableContent, "The result belongs to another node than the path names.")
            }
            if let problem = result.problem {
                return answers.refuse(.unprocessableContent, "The result breaks a limit: \(problem).")
            }
            guard instructions.registry.take(result) else {
                return answers.refuse(.notFound, "This trial is no longer running.")
            }
            return await hello(node)
        }
    }
}
