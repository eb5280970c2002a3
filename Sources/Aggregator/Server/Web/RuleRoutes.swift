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
import Watch
package import Wire

/// What `rules test --fleet` asks for: `POST /v1/rules/trials`.
package struct TrialRequest: Codable, Sendable {
    package var sinceSeconds: Double
    package var cpuShare: Double
    package var files: [Instructions.File]

    package init(sinceSeconds: Double, cpuShare: Double, files: [Instructions.File]) {
        self.sinceSeconds = sinceSeconds
        self.cpuShare = cpuShare
        self.files = files
    }
}

/// How a trial stands: `GET /v1/rules/trials/ID`.
package struct TrialStatus: Codable, Sendable {
    package var id: String
    package var asked: [String]
    package var results: [TrialResult]
}

/// What `rules push --canary` asks for: `PUT /v1/rules/canary`.
package struct CanaryRequest: Codable, Sendable {
    package var files: [Instructions.File]
    /// Part of the nodes, in percent.
    package var percent: Double

    package init(files: [Instructions.File], percent: Double) {
        self.files = files
        self.percent = percent
    }
}

/// How a canary stands; asking renews its lease.
package struct CanaryStatus: Codable, Sendable {
    package var nodes: [String]
    /// Nodes whose agents run it.
    package var running: [String]
    /// Nodes whose agents refuse a file of it, and why.
    package var refused: [String: String]
    package var seconds: Double
    /// Findings of its rules since it began, on its nodes.
    package var hits: Int
    var percent: Double
}

extension IngestRoutes {
    /// Heard within this span: asked to try.
    static let heardSeconds = 120.0
    static let ruleBytesMax = 2 << 20

    func addRuleRoutes(_ router: Router<BasicRequestContext>) {
        router.post("/v1/rules/trials") { request, _ -> Response in
            await decoded(request, TrialRequest.self) { await startTrial($0) }
        }
        router.get("/v1/rules/trials/:id") { _, context -> Response in
            guard let trial = board.trial(context.parameters.get("id") ?? "") else {
                return refuse(.notFound, "There is no such trial; it is forgotten after 15 minutes.")
            }
            return Responses.json(
                .ok,
                TrialStatus(
                    id: trial.request.id, asked: trial.asked.sorted(),
                    results: trial.results.values.sorted { $0.node < $1.node }))
        }
        router.put("/v1/rules/canary") { request, _ -> Response in
            await decoded(request, CanaryRequest.self) { await setCanary($0) }
        }
        router.get("/v1/rules/canary") { _, _ -> Response in await canaryStatus() }
        router.delete("/v1/rules/canary") { _, _ -> Response in
            board.endCanary()
            return Responses.json(.ok, [String: String]())
        }
    }

    private func decoded<Body: Decodable>(
        _ request: Request, _ type: Body.Type, _ body: (Body) async -> Response
    ) async -> Response {
        guard let buffer = try? await request.body.collect(upTo: Self.ruleBytesMax) else {
            return refuse(.contentTooLarge, "At most \(Self.ruleBytesMax) bytes are taken.")
        }
        guard let made = try? JSONDecoder().decode(type, from: Data(buffer.readableBytesView)) else {
            return refuse(.badRequest, "The body is not what this door takes.")
        }
        return await body(made)
    }

    /// The first mistake of the files, or nil.
    private func problem(_ files: [Instructions.File]) -> String? {
        if files.isEmpty { return "There is no file." }
        if files.reduce(0, { $0 + $1.text.utf8.count }) > InstructionBoard.filesBytesMax {
            return "The files have more than \(InstructionBoard.filesBytesMax) bytes together."
        }
        return RuleSet.read(files.map { ($0.name, Array($0.text.utf8)) }).flatMap(\.errors).first?.description
    }

    private func heardNodes() async -> [Snapshot.Node] {
        let now = clock.now()
        let snapshot = try? await store.snapshot(since: now, now: now)
        return snapshot?.nodes.filter { now.seconds(since: $0.lastHeard) <= Self.heardSeconds } ?? []
    }

    private func startTrial(_ request: TrialRequest) async -> Response {
        if let problem = problem(request.files) { return refuse(.unprocessableContent, problem) }
        let trial = Instructions.Trial(
            id: UUID().uuidString.lowercased(), sinceSeconds: min(max(request.sinceSeconds, 1), 7 * 86_400),
            cpuShare: min(max(request.cpuShare, 0.01), 1), files: request.files)
        let nodes = await heardNodes().map(\.name)
        board.start(trial, on: Set(nodes), at: clock.now())
        return Responses.json(.ok, TrialStatus(id: trial.id, asked: nodes.sorted(), results: []))
    }

    private func setCanary(_ request: CanaryRequest) async -> Response {
        if let problem = problem(request.files) { return refuse(.unprocessableContent, problem) }
        let files = RuleSet.read(request.files.map { ($0.name, Array($0.text.utf8)) })
        let rules = Set(files.flatMap { $0.rules.map(\.id) })
        let now = clock.now()
        let snapshot = try? await store.snapshot(since: now - 7 * 86_400, now: now)
        let counts = Self.counts(snapshot, rules, nodes: nil)
        board.setCanary(
            request.files, rules: rules, percent: min(max(request.percent, 0), 100),
            among: await heardNodes().map(\.name), counts: counts, at: now)
        return await canaryStatus()
    }

    private static func counts(_ snapshot: Snapshot?, _ rules: Set<String>, nodes: Set<String>?) -> [String: Int] {
        var counts: [String: Int] = [:]
        for finding in snapshot?.findings ?? [] where rules.contains(finding.detection.rule) {
            if nodes?.contains(finding.node) ?? true { counts[finding.id] = finding.count }
        }
        return counts
    }

    private func canaryStatus() async -> Response {
        let now = clock.now()
        guard let canary = board.canary(at: now) else { return refuse(.notFound, "There is no canary.") }
        let snapshot = try? await store.snapshot(since: now - 7 * 86_400, now: now)
        let counts = Self.counts(snapshot, canary.rules, nodes: canary.nodes)
        let hits = counts.reduce(0) { $0 + max(0, $1.value - canary.baseline[$1.key, default: 0]) }
        var running: [String] = []
        var refused: [String: String] = [:]
        for node in snapshot?.nodes ?? [] where canary.nodes.contains(node.name) {
            let wanted = wantedInstructions(node.name).digest
            if node.vitals.instructionsDigest == wanted { running.append(node.name) }
        }
        for finding in snapshot?.findings ?? []
        where finding.detection.check == "RuleFileInvalid" && finding.resolvedAt == nil
            && canary.nodes.contains(finding.node) && finding.detection.subject.hasPrefix("canary/")
        {
            refused[finding.node] = finding.detection.message
        }
        return Responses.json(
            .ok,
            CanaryStatus(
                nodes: canary.nodes.sorted(), running: running.sorted(), refused: refused,
                seconds: now.seconds(since: canary.startedAt), hits: hits, percent: canary.percent))
    }

    /// What the agent of a node should run now.
    func wantedInstructions(_ node: String) -> Instructions {
        let stored = overrides()
        return board.instructions(
            for: node, overrides: stored, thresholds: thresholds, labels: cluster?.labels(of: node) ?? [:],
            at: clock.now())
    }

    private func overrides() -> OverrideSet {
        var set = cluster?.overrides ?? OverrideSet()
        set.entries += overrideFile?.current.set.entries ?? []
        return set
    }

    /// The answer to a batch or a hello: with instructions when the agent runs other ones.
    func instructed(_ answer: Acknowledgement, _ node: String, running digest: String?) -> Acknowledgement {
        let wanted = wantedInstructions(node)
        if (wanted.isEmpty ? nil : wanted.digest) == digest { return answer }
        var answer = answer
        answer.instructions = wanted
        return answer
    }

    /// `POST /v1/nodes/{node}/trial`
    func trialResult(_ request: Request, node: String) async -> Response {
        await decoded(request, TrialResult.self) { result in
            guard result.node == node else {
                return refuse(.unprocessableContent, "The result is of another node than the path says.")
            }
            guard board.take(result) else { return refuse(.notFound, "This trial is not wanted any more.") }
            return await hello(node)
        }
    }
}
