import Checks
package import ClusterIndex
package import Evaluation
import Findings
import Foundation
package import KubernetesAPI
package import Platform
package import Wire

/// Reads what the timeline of one object is made from.
package struct WhyReader {
    /// Links of one incident's proof that are kept.
    private static let linksMax = 10

    package let client: KubernetesClient
    package let namespace: String
    package let since: Timestamp
    package let now: Timestamp
    /// What the API says, and the state that causes are looked up in.
    let index: ClusterIndex
    let state: EvaluatedState
    /// What an aggregator holds of a node; nil: nothing.
    private let agents: @Sendable (_ node: String) async -> Snapshot?
    /// What is missing from the start.
    private let gaps: [String]

    /// - Parameters:
    ///   - since: how far back the timeline goes.
    ///   - agents: what an aggregator holds of a node.
    package init(
        client: KubernetesClient, namespace: String, since: Timestamp, now: Timestamp, index: ClusterIndex,
        state: EvaluatedState, gaps: [String] = [], agents: @escaping @Sendable (String) async -> Snapshot?
    ) {
        self.client = client
        self.namespace = namespace
        self.since = since
        self.now = now
        self.index = index
        self.state = state
        self.gaps = gaps
        self.agents = agents
    }

    /// Reads the cluster for one timeline.
    /// - Parameters:
    ///   - target: what will be asked for; of most only what they need is read.
    ///   - snapshot: what an aggregator holds of the nodes; nil: nothing.
    ///   - snapshotProblem: why there is no snapshot although there is an aggregator; nil: there is none.
    package static func reading(
        _ target: Target, client: KubernetesClient, since: Timestamp, now: Timestamp, snapshot: Snapshot?,
        snapshotProblem: String?,
        settings: EvaluationSettings = EvaluationSettings(),
        onProgress: @escaping @Sendable (ClusterReader.Progress) -> Void = { _ in }
    ) async throws(APIError) -> WhyReader {
        let index = try await ClusterReader(client: client, kinds: kinds(target), onProgress: onProgress).read()
        let seconds = max(now.seconds(since: since), Seconds.perHour)
        let state = Evaluation(index: index, snapshot: snapshot, settings: settings, now: now, windowSeconds: seconds)
            .run()
        var gaps: [String] = []
        if snapshot == nil {
            let why = snapshotProblem.map { "the aggregator was not observed (\($0))" } ?? "no aggregator"
            gaps.append("\(why): kernel lines, unit restarts, gauges and earlier versions of nodes are not known")
        }
        return WhyReader(
            client: client, namespace: client.connection.namespace, since: since, now: now, index: index, state: state,
            gaps: gaps
        ) { _ in snapshot }
    }

    private static func kinds(_ target: Target) -> Set<ClusterKind> {
        switch target {
        case .node, .pod, .deployment: kinds
        case .object, .incident: Set(ClusterKind.allCases).subtracting([.secrets, .configmaps])
        }
    }

    private static let kinds: Set<ClusterKind> = [
        .nodes, .leases, .pods, .events, .deployments, .statefulsets, .daemonsets, .jobs, .services, .endpointslices,
        .version,
        .readyz, .persistentvolumeclaims, .storageclasses,
    ]

    package func read(_ target: Target) async throws(APIError) -> Timeline {
        var builder = TimelineBuilder(since: since)
        var gaps = index.states.filter { $0.value.problem != nil }.compactMap { $0.value.problem?.brief }.sorted()
        gaps += self.gaps
        if let reach = state.eventsSince, reach > since {
            let known = GoDuration.brief(now.seconds(since: reach))
            gaps.append("events before \(known) ago: the API no longer has them")
        }
        var timeline: Timeline
        switch target {
        case .node(let name): timeline = try await node(name, &builder, &gaps)
        case .pod(let name): timeline = try await pod(name, &builder, &gaps)
        case .deployment(let name): timeline = try await deployment(name, &builder, &gaps)
        case .object(let kind, let name): timeline = try await anyObject(kind, name, &builder, &gaps)
        case .incident(let id): timeline = try incident(id, &builder)
        }
        let built = builder.build()
        timeline.entries = built.entries
        timeline.changes = built.changes
        timeline.began = built.began.map { ReportTime($0) }
        timeline.gaps = gaps
        timeline.eventsSince = state.eventsSince.map { ReportTime($0) }
        return timeline
    }

    /// The timeline of a node where there is no cluster to ask: what its agent told an aggregator.
    /// - Returns: nil: no agent of that node ever reported.
    package static func read(
        node name: String, of snapshot: Snapshot, since: Timestamp, now: Timestamp,
        settings: EvaluationSettings = EvaluationSettings()
    ) -> Timeline? {
        guard let node = snapshot.nodes.first(where: { $0.name == name }) else { return nil }
        let seconds = max(now.seconds(since: since), Seconds.perHour)
        let state = Evaluation(index: nil, snapshot: snapshot, settings: settings, now: now, windowSeconds: seconds)
            .run()
        var builder = TimelineBuilder(since: since)
        addAgents(of: name, snapshot, &builder)
        let last = GoDuration.brief(now.seconds(since: node.lastReport))
        var timeline = timeline("node/\(name)", "last report \(last) ago", state) { $0.nodes.contains(name) }
        let built = builder.build()
        timeline.entries = built.entries
        timeline.changes = built.changes
        timeline.began = built.began.map { ReportTime($0) }
        timeline.gaps = ["no cluster: events, pods and the conditions of the node are not known"]
        return timeline
    }

    /// One object, as a list of one: who may list and watch needs no other right.
    func object(_ collection: String, _ kind: String, _ name: String) async throws(APIError) -> JSONDocument {
        let path = "\(collection)?fieldSelector=\("metadata.name=\(name)".urlEscaped)"
        let page = try await document(path)
        guard Self.only(page) != nil else {
            throw APIError(
                .notFound, "there is no \(kind) '\(TextSafety.printable(name))'",
                request: KubernetesClient.name("GET", path))
        }
        return page
    }

    static func only(_ page: JSONDocument) -> JSONValue? { page.root.list("items").first { _ in true } }

    private func document(_ path: String) async throws(APIError) -> JSONDocument {
        let response = try await client.get(path)
        do throws(JSONError) { return try JSONDocument(response.body) } catch {
            throw APIError(.malformed, error.message, request: KubernetesClient.name("GET", path))
        }
    }

    /// Events about one object, Normal ones too.
    func addEvents(
        _ namespace: String?, _ selector: String, _ builder: inout TimelineBuilder, _ gaps: inout [String]
    ) async {
        let path = ClusterKind.events.path(ClusterKind.events.places[0], namespace: namespace)
        do throws(APIError) {
            let page = try await document("\(path)?limit=500&fieldSelector=\(selector.urlEscaped)")
            var texts = TextInterner()
            for item in page.root.list("items") {
                if let event = EventRecord(item, &texts) { builder.addEvent(event) }
            }
        } catch {
            gaps.append("events: \(error.brief)")
        }
    }

    // MARK: Targets

    private func node(
        _ name: String, _ builder: inout TimelineBuilder, _ gaps: inout [String]
    ) async throws(APIError) -> Timeline {
        let page = try await object("/api/v1/nodes", "node", name)
        let object = Self.only(page)
        var texts = TextInterner()
        guard let object, let node = NodeRecord(object, &texts) else {
            throw APIError(.malformed, "the response is not a Node", request: "GET node \(name)")
        }
        builder.addNode(object, node)
        await addEvents(nil, "involvedObject.kind=Node,involvedObject.name=\(name)", &builder, &gaps)
        await addAgents(of: name, &builder)
        let pods = index.pods.records.filter { $0.node == name }
        for pod in pods { builder.addPod(pod, isMain: false) }
        addEvents(of: pods, &builder)
        var line =
            node.ready.map {
                "Ready \($0.status)\($0.transition.map { " for \(GoDuration.brief(now.seconds(since: $0)))" } ?? "")"
            } ?? "no Ready condition"
        line += "; \(builder.versions(node))"
        let unusual = Self.unusual(name, state)
        if !unusual.isEmpty { line += "; unlike most nodes: \(unusual.joined(separator: ", "))" }
        return Self.timeline("node/\(name)", line, state) { $0.nodes.contains(name) }
    }

    /// Versions that nine tenths of the other nodes do not have: a node that was changed alone.
    private static func unusual(_ name: String, _ state: EvaluatedState) -> [String] {
        guard let facts = state.nodes[name], state.nodes.count > 3 else { return [] }
        let others = state.nodes.filter { $0.key != name }
        return facts.factors.filter { factor in
            ["kernel", "os", "kubelet", "runtime"].contains(factor.name)
                && Double(others.values.count { $0.factors.contains(factor) }) < 0.1 * Double(others.count)
        }.map { "\($0.name) \($0.value)" }
    }

    private func addAgents(of node: String, _ builder: inout TimelineBuilder) async {
        Self.addAgents(of: node, await agents(node), &builder)
    }

    func addEvents(of pods: [PodRecord], _ builder: inout TimelineBuilder) {
        let names = Set(pods.map { [$0.namespace, $0.name] })
        for event in index.events.records where names.contains([event.involved.namespace, event.involved.name]) {
            builder.addEvent(event)
        }
    }

    private static func addAgents(of node: String, _ snapshot: Snapshot?, _ builder: inout TimelineBuilder) {
        for finding in snapshot?.findings ?? [] where finding.node == node { builder.addFinding(finding) }
        for change in snapshot?.changes ?? [] where change.node == node { builder.addVersion(change) }
    }

    private func pod(
        _ name: String, _ builder: inout TimelineBuilder, _ gaps: inout [String]
    ) async throws(APIError) -> Timeline {
        let page = try await object("/api/v1/namespaces/\(namespace.urlEscaped)/pods", "pod", name)
        var texts = TextInterner()
        guard let pod = Self.only(page).flatMap({ PodRecord($0, &texts) }) else {
            throw APIError(.malformed, "the response is not a Pod", request: "GET pod \(namespace)/\(name)")
        }
        builder.addPod(pod, isMain: true)
        await addEvents(namespace, "involvedObject.kind=Pod,involvedObject.name=\(name)", &builder, &gaps)
        await addNode(of: pod, &builder)
        let view = ClusterView(index, scope: .namespace(namespace), clock: now)
        let owner = view.owner(of: pod)
        if owner.kind == "Deployment" { await addReplicaSets(owner, &builder, &gaps) }
        for finding in state.findings where finding.detection.object.uid == pod.metadata.uid && finding.hasAgent {
            builder.add(
                finding.first, finding.detection.severity, "agent", "pod/\(name)", finding.detection.message,
                count: finding.count)
        }
        let line =
            "\(pod.phase)\(pod.isReady ? ", ready" : ", not ready")\(pod.node.isEmpty ? ", on no node" : " on \(pod.node)"), \(ReportBuilder.name(owner))"
        return Self.timeline("pod/\(namespace)/\(name)", line, state) { group in
            group.findings.contains {
                $0.detection.object.kind == "Pod" && $0.detection.object.name == name
                    && $0.detection.object.namespace == namespace
            }
                || group.nodes.contains(pod.node) && group.lead.detection.object.kind == "Node"
        }
    }

    func addNode(of pod: PodRecord, _ builder: inout TimelineBuilder) async {
        guard let node = index.nodes[pod.node] else { return }
        builder.addNode(nil, node)
        await addAgents(of: pod.node, &builder)
        for event in index.events.records
        where !event.isOwn && event.involved.kind == "Node" && event.involved.name == pod.node {
            builder.addEvent(event)
        }
    }

    private func deployment(
        _ name: String, _ builder: inout TimelineBuilder, _ gaps: inout [String]
    ) async throws(APIError) -> Timeline {
        let page = try await self.object(
            "/apis/apps/v1/namespaces/\(namespace.urlEscaped)/deployments", "deployment", name)
        var texts = TextInterner()
        guard let root = Self.only(page), let record = WorkloadRecord(root, &texts) else {
            throw APIError(
                .malformed, "the response is not a Deployment", request: "GET deployment \(namespace)/\(name)")
        }
        let object = "deployment/\(name)"
        builder.add(record.metadata.created, nil, "deployment", object, "created", isChange: true)
        builder.addOwners(of: root, name: object)
        for condition in record.conditions {
            let isBad = condition.status == "False" || condition.reason == "ProgressDeadlineExceeded"
            builder.add(
                condition.transition, isBad ? .danger : nil, "condition", object,
                "\(condition.type) became \(condition.status): \(condition.reason): \(condition.message)")
        }
        await addReplicaSets(record.metadata.reference("Deployment"), &builder, &gaps)
        await addEvents(namespace, "involvedObject.kind=Deployment,involvedObject.name=\(name)", &builder, &gaps)
        let view = ClusterView(index, scope: .namespace(namespace), clock: now)
        let pods = view.podsOf("Deployment", record)
        for pod in pods {
            builder.addPod(pod, isMain: false)
            if !pod.isReady { await addNode(of: pod, &builder) }
        }
        let names = Set(pods.map(\.name))
        for event in index.events.records
        where event.namespace == namespace
            && (names.contains(event.involved.name)
                || event.involved.kind == "ReplicaSet" && event.involved.name.hasPrefix(name + "-"))
        {
            builder.addEvent(event)
        }
        var timeline = Self.timeline(
            "deployment/\(namespace)/\(name)",
            "\(record.available) of \(record.desired) available, \(record.updated) updated", state
        ) { group in
            group.findings.contains {
                $0.owner?.kind == "Deployment" && $0.owner?.name == name && $0.owner?.namespace == namespace
            }
        }
        // Three sick pods or more: what do their nodes share?
        let sick = Set(pods.filter { !$0.isReady && !$0.node.isEmpty }.map(\.node))
        if timeline.common.isEmpty { timeline.common = CommonFactor.find(sick, in: state.nodes) }
        return timeline
    }

    private func addReplicaSets(_ owner: ObjectReference, _ builder: inout TimelineBuilder, _ gaps: inout [String])
        async
    {
        do throws(APIError) {
            let page = try await document(
                "/apis/apps/v1/namespaces/\(owner.namespace.urlEscaped)/replicasets?limit=500")
            for item in page.root.list("items")
            where item["metadata"]?.list("ownerReferences").contains(where: {
                $0["kind"]?.equals("Deployment") == true && $0["name"]?.string == owner.name
            }) ?? false {
                builder.addReplicaSet(item)
            }
        } catch {
            gaps.append("replicasets: \(error.brief)")
        }
    }

    static func timeline(
        _ object: String, _ line: String, _ state: EvaluatedState, where isIn: (IncidentGrouping.Group) -> Bool
    ) -> Timeline {
        let found = state.foundIncidents(of: state.findings.filter { $0.severity > .info })
        let groups = found.groups.filter(isIn).map { found.proven($0) }
        return Timeline(
            object: object, state: line,
            causes: groups.map {
                "\($0.severity.title)  \($0.object)  \($0.lead.detection.check): \(TextSafety.printable($0.lead.detection.message))"
            },
            proof: groups.flatMap { group in
                Report.Proof(group.proof, .en).lines(.en, linksMax: Self.linksMax, time: \.description)
            },
            pods: groups.map(\.pods).max() ?? 0, lost: Set(groups.flatMap { $0.lost.map(ReportBuilder.name) }).sorted(),
            common: groups.first { !$0.common.isEmpty }?.common ?? [], eventsSince: nil, began: nil, changes: [],
            entries: [], gaps: [])
    }
}
