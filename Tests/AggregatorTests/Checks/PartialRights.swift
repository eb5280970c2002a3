@testable import ClusterIndex
@testable import KubernetesAPI
@testable import Platform
@testable import YAML

/// What may be read of one kind, where it is not all.
enum PartialRights: Sendable, CustomStringConvertible {
    case all
    case forbidden(ClusterKind)
    case absent(ClusterKind)
    case onlyNamespace(ClusterKind, String)
    /// Reading broke off in the middle. Which half was read is chance.
    case broken(ClusterKind, readsFirstHalf: Bool)

    var description: String {
        switch self {
        case .all: "all"
        case .forbidden(let kind): "\(kind) forbidden"
        case .absent(let kind): "\(kind) absent"
        case .onlyNamespace(let kind, let namespace): "\(kind) in \(namespace) only"
        case .broken(let kind, let first): "\(kind) broken off\(first ? "" : ", other half")"
        }
    }

    /// Nothing of a kind, its first half, or only what is elsewhere.
    var isCoarse: Bool {
        switch self {
        case .forbidden, .broken(_, readsFirstHalf: true), .onlyNamespace(_, CheckFixture.elsewhere): true
        default: false
        }
    }

    var kind: ClusterKind? {
        switch self {
        case .all: nil
        case .forbidden(let kind), .absent(let kind), .onlyNamespace(let kind, _), .broken(let kind, _): kind
        }
    }

    static func each(of kind: ClusterKind, namespaces: [String]) -> [PartialRights] {
        var all: [PartialRights] = [
            .forbidden(kind), .absent(kind), .broken(kind, readsFirstHalf: true), .broken(kind, readsFirstHalf: false),
        ]
        if kind.isNamespaced { all += namespaces.map { .onlyNamespace(kind, $0) } }
        return all
    }

    func readable(_ documents: [Node]) -> [Node] {
        guard let kind else { return documents }
        func isOf(_ document: Node) -> Bool { IndexBuilder.kinds[document["kind"]?.string ?? ""] == kind }
        let others = documents.filter { !isOf($0) }, own = documents.filter(isOf)
        switch self {
        case .all, .forbidden, .absent: return others
        case .onlyNamespace(_, let namespace):
            return others + own.filter { $0["metadata"]?["namespace"]?.string ?? "" == namespace }
        case .broken(_, let first): return others + (first ? own.prefix(own.count / 2) : own.dropFirst(own.count / 2))
        }
    }

    func limit(_ index: inout ClusterIndex, now: Timestamp) {
        guard let kind, index.states[kind] != nil || !kind.isList else { return }
        var state = KindState(date: now)
        switch self {
        case .all: return
        case .forbidden: state.problem = APIError(.forbidden, "is forbidden", request: "GET \(kind)")
        case .absent: state.problem = APIError(.notFound, "not found", request: "GET \(kind)")
        case .broken: state.problem = APIError(.server(500), "HTTP 500", request: "GET \(kind)")
        case .onlyNamespace(_, let namespace): state.onlyNamespace = namespace
        }
        index.states[kind] = state
        switch kind {
        case .readyz: index.readyz = nil
        case .metrics: index.metrics = ServerMetrics()
        case .handshake: index.chain = CertificateBundle()
        case .version: index.serverVersion = ""
        default: break
        }
    }
}
