import Foundation
package import KubernetesAPI
import Platform

/// Reads what the enabled checks need from a cluster, four kinds at a time, into an index.
///
/// A kind that fails does not affect the others. Only a server that does not answer at all, or refuses
/// the credentials, is an error: then there is nothing to report.
package struct ClusterReader: Sendable {
    /// Kinds that are fetched at the same time.
    static let concurrency = 4

    /// One line of progress: a kind, the pages and objects of it so far, and whether it is done.
    package struct Progress: Sendable {
        package var kind: ClusterKind
        package var pages: Int
        package var objects: Int
        package var isDone: Bool
    }

    package let client: KubernetesClient
    package var kinds: Set<ClusterKind>
    /// Only this namespace; nil: all.
    package var namespace: String?
    /// Visitors of the objects, page by page.
    package var visitors: (any PageVisitors)?
    package var onProgress: @Sendable (Progress) -> Void = { _ in }

    package init(
        client: KubernetesClient, kinds: Set<ClusterKind>, namespace: String? = nil,
        visitors: (any PageVisitors)? = nil, onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        self.client = client
        self.kinds = kinds
        self.namespace = namespace
        self.visitors = visitors
        self.onProgress = onProgress
    }

    package func read() async throws(APIError) -> ClusterIndex {
        var index = ClusterIndex(name: client.connection.name)
        index.namespace = namespace
        try await readVersion(into: &index)
        let discovery = try await Discovery(client)
        // The largest lists first, so that the last to end is not the longest.
        let order: [ClusterKind] = [.pods, .events, .nodes]
        let wanted = kinds.filter { $0 != .version }.sorted {
            (order.firstIndex(of: $0) ?? order.count, $0) < (order.firstIndex(of: $1) ?? order.count, $1)
        }
        typealias Change = @Sendable (inout ClusterIndex) -> Void
        let version = index.serverVersion
        await withTaskGroup(of: Change.self) { group in
            var pending = wanted.makeIterator()
            func startNext() {
                guard let kind = pending.next() else { return }
                group.addTask { await self.read(kind, discovery, serverVersion: version) }
            }
            for _ in 0..<Self.concurrency { startNext() }
            while let change = await group.next() {
                change(&index)
                startNext()
            }
        }
        await readOthers(discovery)
        JSONDocument.releaseMemory()
        if let pem = client.connection.clientCertificate {
            index.clientCertificate = CertificateBundle(pem: String(decoding: pem, as: UTF8.self))
        }
        return index
    }

    /// Kinds beside the cluster's own, for the visitors alone.
    func readOthers(_ discovery: Discovery) async {
        guard let visitors else { return }
        for kind in visitors.otherKinds {
            do throws(APIError) {
                let resource = try await discovery.resource(of: kind)
                let visitor = visitors.visitor(ofOther: kind, served: resource.kind)
                let lister = PageLister(client: client, path: resource.path(namespace: namespace))
                let result = await lister.list(
                    onRestart: { visitor.restart() },
                    onPage: { page, _ in
                        visitor.visit(page: page)
                        return page["items"]?.view.count ?? 0
                    })
                visitor.finish(problem: result.problem)
            } catch {
                visitors.failed(kind, error)
            }
        }
    }

    private func readVersion(into index: inout ClusterIndex) async throws(APIError) {
        do throws(APIError) {
            let response = try await client.get("/version")
            let document: JSONDocument
            do throws(JSONError) { document = try JSONDocument(response.body) } catch {
                let isPage = response.body.first { $0 > 0x20 } == UInt8(ascii: "<")
                throw APIError(
                    .malformed, isPage ? "received HTML instead of JSON" : error.message, request: "GET /version")
            }
            index.serverVersion = document.root["gitVersion"]?.string ?? ""
            index.states[.version] = KindState(objects: 1, date: response.date ?? client.clock.now())
        } catch {
            if error.isFatalToReport { throw error }
            index.states[.version] = KindState(date: client.clock.now(), problem: error)
        }
    }

    private func read(
        _ kind: ClusterKind, _ discovery: Discovery, serverVersion: String
    ) async -> @Sendable (inout ClusterIndex) -> Void {
        switch kind {
        case .readyz: return await readReadyz()
        case .metrics: return await readMetrics()
        case .handshake: return await readChain()
        case .componentstatuses where !Self.hasComponentStatuses(serverVersion):
            return { _ in }
        default: return await list(kind, discovery)
        }
    }

    /// One kind, and the path that a watch of it follows; nil where there is none.
    package func readOnce(
        _ kind: ClusterKind, _ discovery: Discovery
    ) async -> (@Sendable (inout ClusterIndex) -> Void, path: String?) {
        let change = await read(kind, discovery, serverVersion: "")
        guard let place = try? await discovery.place(of: kind) else { return (change, nil) }
        var probe = ClusterIndex(name: "")
        change(&probe)
        return (change, kind.path(place, namespace: probe.states[kind]?.onlyNamespace ?? namespace))
    }

    /// Wrong since 1.19, where the insecure ports that they ask were closed.
    static func hasComponentStatuses(_ version: String) -> Bool {
        guard let release = KubernetesVersion(version) else { return false }
        return release < KubernetesVersion(1, 19)
    }

    private func list(_ kind: ClusterKind, _ discovery: Discovery) async -> @Sendable (inout ClusterIndex) -> Void {
        guard let table = ClusterTables.table(of: kind) else { return { _ in } }
        let now = client.clock.now()
        let place: ClusterKind.Place
        do throws(APIError) { place = try await discovery.place(of: kind) } catch {
            return { $0.states[kind] = KindState(date: now, problem: error) }
        }
        var (result, put) = await pages(of: kind, table, kind.path(place, namespace: namespace))
        var onlyNamespace: String?
        if result.problem?.kind == .forbidden, result.pages == 0, kind.isNamespaced, namespace == nil {
            let own = await pages(of: kind, table, kind.path(place, namespace: client.connection.namespace))
            if own.0.problem == nil {
                onlyNamespace = client.connection.namespace
                (result, put) = own
            }
        }
        let state = KindState(
            objects: result.objects, pages: result.pages, date: result.date ?? now,
            resourceVersion: result.resourceVersion, problem: result.problem, onlyNamespace: onlyNamespace)
        let change = put
        return { index in
            change(&index)
            index.states[kind] = state
            if kind == .componentstatuses { index.stampComponentStatuses(state.date) }
        }
    }

    private func pages(of kind: ClusterKind, _ table: any TableKind, _ path: String) async -> (
        PageLister.Result, @Sendable (inout ClusterIndex) -> Void
    ) {
        let collector = table.makeCollector()
        let visitor = visitors?.visitor(of: kind)
        let lister = PageLister(client: client, path: path, fieldSelector: kind.fieldSelector)
        var objects = 0
        let result = await lister.list(
            onRestart: {
                collector.restart()
                visitor?.restart()
                objects = 0
            },
            onPage: { page, number in
                let count = collector.add(page)
                visitor?.visit(page: page)
                objects += count
                onProgress(Progress(kind: kind, pages: number, objects: objects, isDone: false))
                return count
            })
        onProgress(Progress(kind: kind, pages: result.pages, objects: result.objects, isDone: true))
        visitor?.finish(problem: result.problem)
        return (result, collector.finish())
    }

    private func readReadyz() async -> @Sendable (inout ClusterIndex) -> Void {
        let now = client.clock.now()
        do throws(APIError) {
            let path = "/readyz?verbose=1"
            let response = try await client.exchange("GET", path, retriesServerErrors: false)
            // 500 with the failing lines is a valid answer; other errors are not.
            guard response.status == 200 || response.status == 500 || response.status == 503 else {
                throw APIError.from(status: response.status, body: response.body, request: "GET /readyz")
            }
            let answer = ReadyzAnswer(String(decoding: response.body, as: UTF8.self))
            guard !answer.lines.isEmpty else {
                throw APIError(.malformed, "no line of the answer names a check", request: "GET /readyz")
            }
            let state = KindState(objects: answer.lines.count, date: response.date ?? now)
            return { index in
                index.readyz = answer
                index.states[.readyz] = state
            }
        } catch {
            return { $0.states[.readyz] = KindState(date: now, problem: error) }
        }
    }

    private func readMetrics() async -> @Sendable (inout ClusterIndex) -> Void {
        let now = client.clock.now()
        do throws(APIError) {
            let response = try await client.get("/metrics")
            let metrics = ServerMetrics(response.body)
            let state = KindState(objects: metrics.deprecated.count, date: response.date ?? now)
            return { index in
                index.metrics = metrics
                index.states[.metrics] = state
            }
        } catch {
            return { $0.states[.metrics] = KindState(date: now, problem: error) }
        }
    }

    private func readChain() async -> @Sendable (inout ClusterIndex) -> Void {
        let now = client.clock.now()
        guard client.connection.server.hasPrefix("https://") else {
            let problem = APIError(.notFound, "\(client.connection.server) is not TLS", request: "TLS handshake")
            return { $0.states[.handshake] = KindState(date: now, problem: problem) }
        }
        do throws(APIError) {
            let chain = CertificateBundle(pem: try await client.certificateChain().joined(separator: "\n"))
            let problem =
                chain.problem.isEmpty ? nil : APIError(.malformed, chain.problem, request: "TLS handshake")
            return { index in
                index.chain = chain
                index.states[.handshake] = KindState(objects: chain.certificates.count, date: now, problem: problem)
            }
        } catch {
            return { $0.states[.handshake] = KindState(date: now, problem: error) }
        }
    }

    /// Asks every address behind `default/kubernetes` whether it is ready; only from inside the cluster can they be
    /// reached.
    package func probeMembers(_ index: inout ClusterIndex) async {
        index.members = [:]
        index.memberProblem = nil
        let slices = index.endpointslices.records.filter { $0.namespace == "default" && $0.service == "kubernetes" }
        for slice in slices {
            for address in slice.addresses {
                let host = address.contains(":") ? "[\(address)]" : address
                do throws(APIError) {
                    let failure = try await client.memberFailure("https://\(host):\(slice.port)")
                    index.members["\(host):\(slice.port)"] = failure ?? ""
                } catch {
                    index.memberProblem = error
                }
            }
        }
    }
}
