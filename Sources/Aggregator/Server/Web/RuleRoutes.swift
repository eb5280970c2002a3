import Auth
import CheckModel
import Findings
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Platform
import Responses
import RuleEngine
import Store
import Wire

/// Rules that are tried before they are live: `POST /v1/rules/trials`, `GET /v1/rules/trials/{id}`, and `PUT`, `GET`
/// and `DELETE /v1/rules/canary`.
struct RuleRoutes: Sendable {
    /// Agents that reported within this span take part.
    static let reportingSeconds = 120.0
    static let bodyBytesMax = 2 << 20
    /// How far back the findings of a canary's rules are counted.
    private static let countedSeconds = 7 * 86_400.0

    let store: any Store
    let clock: any WallClock
    let answers: RouteAnswers
    let instructions: AgentInstructions

    private var registry: InstructionRegistry { instructions.registry }

    func add(to router: Router<CallerContext>) {
        router.post("/v1/rules/trials") { request, _ -> Response in
            await answers.decoded(request, TrialRequest.self, bytesMax: Self.bodyBytesMax) { await startTrial($0) }
        }
        router.get("/v1/rules/trials/:id") { _, context -> Response in
            trialStatus(context.parameters.get("id") ?? "")
        }
        router.put("/v1/rules/canary") { request, _ -> Response in
            await answers.decoded(request, CanaryRequest.self, bytesMax: Self.bodyBytesMax) { await setCanary($0) }
        }
        router.get("/v1/rules/canary") { _, _ -> Response in await canaryStatus() }
        router.delete("/v1/rules/canary") { _, _ -> Response in
            registry.endCanary()
            return Responses.json(.ok, [String: String]())
        }
    }

    /// The first mistake of the files, or nil.
    private func problem(_ files: [Instructions.File]) -> String? {
        if files.isEmpty { return "No file was sent." }
        if files.reduce(0, { $0 + $1.text.utf8.count }) > InstructionRegistry.filesBytesMax {
            return "The files have more than \(InstructionRegistry.filesBytesMax) bytes together."
        }
        return RuleSet.read(files.map { ($0.name, Array($0.text.utf8)) }).flatMap(\.errors).first?.description
    }

    private static func reporting(_ snapshot: Snapshot, _ now: Timestamp) -> [String] {
        snapshot.nodes.filter { now.seconds(since: $0.lastReport) <= reportingSeconds }.map(\.name)
    }

    // MARK: Trials

    private func startTrial(_ request: TrialRequest) async -> Response {
        if let problem = problem(request.files) { return answers.refuse(.unprocessableContent, problem) }
        let trial = Instructions.Trial(
            id: UUID().uuidString.lowercased(), sinceSeconds: min(max(request.sinceSeconds, 1), 7 * 86_400),
            cpuShare: min(max(request.cpuShare, 0.01), 1), files: request.files)
        let now = clock.now()
        do throws(StoreError) {
            let nodes = Self.reporting(try await store.snapshot(since: now, now: now), now)
            registry.start(trial, on: Set(nodes), at: now)
            return Responses.json(.ok, TrialStatus(id: trial.id, asked: nodes.sorted(), results: []))
        } catch {
            return answers.failed(error)
        }
    }

    private func trialStatus(_ id: String) -> Response {
        guard let trial = registry.trial(id) else {
            return answers.refuse(.notFound, "No such trial; trials are kept for 15 minutes.")
        }
        return Responses.json(
            .ok,
            TrialStatus(
                id: trial.request.id, asked: trial.asked.sorted(),
                results: trial.results.values.sorted { $0.node < $1.node }))
    }

    // MARK: Canary

    private func setCanary(_ request: CanaryRequest) async -> Response {
        if let problem = problem(request.files) { return answers.refuse(.unprocessableContent, problem) }
        let files = RuleSet.read(request.files.map { ($0.name, Array($0.text.utf8)) })
        let rules = Set(files.flatMap { $0.rules.map(\.id) })
        let now = clock.now()
        do throws(StoreError) {
            let snapshot = try await store.snapshot(since: now - Self.countedSeconds, now: now)
            registry.setCanary(
                request.files, rules: rules, percent: min(max(request.percent, 0), 100),
                among: Self.reporting(snapshot, now), counts: Self.counts(snapshot, rules, nodes: nil), at: now)
        } catch {
            return answers.failed(error)
        }
        return await canaryStatus()
    }

    private static func counts(_ snapshot: Snapshot, _ rules: Set<String>, nodes: Set<String>?) -> [String: Int] {
        var counts: [String: Int] = [:]
        for finding in snapshot.findings where rules.contains(finding.detection.rule) {
            if nodes?.contains(finding.node) ?? true { counts[finding.id] = finding.count }
        }
        return counts
    }

    private func canaryStatus() async -> Response {
        let now = clock.now()
        guard let canary = registry.canary(at: now) else { return answers.refuse(.notFound, "No canary is running.") }
        do throws(StoreError) {
            let snapshot = try await store.snapshot(since: now - Self.countedSeconds, now: now)
            return Responses.json(.ok, status(of: canary, snapshot, now))
        } catch {
            return answers.failed(error)
        }
    }

    private func status(of canary: InstructionRegistry.Canary, _ snapshot: Snapshot, _ now: Timestamp) -> CanaryStatus {
        let counts = Self.counts(snapshot, canary.rules, nodes: canary.nodes)
        let hits = counts.reduce(0) { $0 + max(0, $1.value - canary.baseline[$1.key, default: 0]) }
        let running = snapshot.nodes.filter { node in
            canary.nodes.contains(node.name)
                && node.vitals.instructionsDigest == instructions.wanted(node.name).digest
        }
        var refused: [String: String] = [:]
        for finding in snapshot.invalidRuleFiles
        where canary.nodes.contains(finding.node) && finding.detection.subject.hasPrefix("canary/") {
            refused[finding.node] = finding.detection.message
        }
        return CanaryStatus(
            nodes: canary.nodes.sorted(), running: running.map(\.name).sorted(), refused: refused,
            seconds: now.seconds(since: canary.startedAt), hits: hits, percent: canary.percent)
    }
}
