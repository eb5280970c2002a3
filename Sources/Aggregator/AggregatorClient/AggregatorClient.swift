import Findings
import Foundation
package import HTTP
package import KubernetesAPI
package import Platform
package import Report
package import Wire

/// A client of the aggregator's read port, at an address or through the API server's service proxy.
package struct AggregatorClient: Sendable {
    static let responseBytesMax = 512 << 20
    static let timeoutSeconds = 60.0

    package enum Way: Sendable {
        case address(String)
        /// The aggregator that is installed in this cluster.
        case cluster(KubernetesClient)
    }

    package let way: Way
    private let http: HTTPClient

    package init(_ way: Way, http: HTTPClient = HTTPClient()) {
        self.way = way
        self.http = http
    }

    // MARK: What is read

    package func report(_ options: ReportOptions) async throws(AggregatorFailure) -> Report {
        let report = try await exchange("GET", "v1/report?\(Self.query(options))", as: Report.self)
        guard report.schemaVersion == Report.schemaVersion else { throw failure(.malformed) }
        return report
    }

    package func snapshot(since: Timestamp) async throws(AggregatorFailure) -> Snapshot {
        try await exchange("GET", "v1/snapshot?since=\(since.microseconds)", as: Snapshot.self)
    }

    package func exchange<Answer: Decodable>(
        _ method: String, _ path: String, body: (some Encodable & Sendable)? = String?.none, as type: Answer.Type
    ) async throws(AggregatorFailure) -> Answer {
        let encoded: [UInt8]?
        do { encoded = try body.map { [UInt8](try JSONEncoder().encode($0)) } } catch {
            throw failure(.unreachable, "the request cannot be written as JSON: \(error)")
        }
        let answer =
            switch way {
            case .address(let base): try await send(method, base + "/" + path, encoded)
            case .cluster(let client): try await proxied(client, method, path, encoded)
            }
        do { return try JSONDecoder().decode(type, from: Data(answer)) } catch { throw failure(.malformed) }
    }

    static func query(_ options: ReportOptions) -> String {
        var parts = [
            "since=\(Int(options.windowSeconds))", "severity=\(options.severity.rawValue)", "lang=\(options.language)",
            "detail=\(options.hasDetail ? 1 : 0)",
        ]
        if let node = options.node { parts.append("node=\(node.urlEscaped)") }
        if let namespace = options.namespace { parts.append("namespace=\(namespace.urlEscaped)") }
        if let selector = options.selector { parts.append("selector=\(selector.urlEscaped)") }
        if !options.only.isEmpty { parts.append("only=\(options.only.joined(separator: ",").urlEscaped)") }
        if !options.skip.isEmpty { parts.append("skip=\(options.skip.joined(separator: ",").urlEscaped)") }
        return parts.joined(separator: "&")
    }

    // MARK: Transport

    private func send(_ method: String, _ url: String, _ body: [UInt8]?) async throws(AggregatorFailure) -> [UInt8] {
        var request = HTTPRequest(url: url)
        request.method = method
        request.body = body ?? []
        request.responseBytesMax = Self.responseBytesMax
        request.timeoutSeconds = Self.timeoutSeconds
        if body != nil { request.headers = [("Content-Type", "application/json")] }
        let response: HTTPResponse
        do throws(HTTPError) { response = try await http.send(request) } catch {
            throw failure(.unreachable, error.message)
        }
        guard response.status == 200 else {
            throw failure(.refused(status: response.status), Self.reason(response.body))
        }
        return response.body
    }

    /// What a refusal says; a body that is not a refusal is of something else at this address.
    private static func reason(_ body: [UInt8]) -> String {
        if let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(body)) { return refusal.error }
        return TextSafety.printable(String(decoding: body.prefix(300), as: UTF8.self))
    }

    private func failure(_ kind: AggregatorFailure.Kind, _ reason: String = "") -> AggregatorFailure {
        guard case .address(let base) = way else { return AggregatorFailure(kind: kind, address: nil, reason: reason) }
        return AggregatorFailure(kind: kind, address: base, reason: reason)
    }

    /// Through the API server's service proxy. The user's own credentials go to the API server only: the aggregator is
    /// shown a short-lived token of its reader's account instead.
    private func proxied(
        _ client: KubernetesClient, _ method: String, _ path: String, _ body: [UInt8]?
    ) async throws(AggregatorFailure) -> [UInt8] {
        let root = "/api/v1/namespaces/\(Names.namespace)"
        do throws(APIError) {
            _ = try await client.get("\(root)/services/\(Names.aggregator)")
        } catch {
            throw failure(error.kind == .notFound ? .absent : .unreachable, error.brief)
        }
        let response: APIResponse
        do throws(APIError) {
            let account = method == "GET" ? Names.reader : Names.editor
            let token = try await ServiceToken.request(client, account: account)
            response = try await client.exchange(
                method, "\(root)/services/https:\(Names.aggregator):read/proxy/\(path)", body: body,
                headers: [("X-Ke-Token", token)], retriesServerErrors: false)
        } catch {
            throw failure(.unreachable, error.brief)
        }
        guard response.status == 200 else {
            let error = APIError.from(
                status: response.status, body: response.body, request: "\(method) the aggregator")
            throw failure(.refused(status: response.status), error.description)
        }
        return response.body
    }
}
