import Findings
import Foundation
package import HTTP
package import KubernetesAPI
package import Platform
package import Report
package import Wire

/// Asks an aggregator for a report: at an address, or through the API server's service proxy (DESIGN §10).
package struct AggregatorReader: Sendable {
    static let tokenSeconds = 600

    package enum Outcome: Sendable {
        case report(Report)
        /// There is none in this cluster.
        case absent
        /// There is one, but it could not be asked.
        case failed(String)
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

    /// At an address of its own.
    package static func report(at base: String, _ options: ReportOptions, http: HTTPClient) async throws -> Report {
        var request = HTTPRequest(url: "\(base)/v1/report?\(query(options))")
        request.responseBytesMax = 512 << 20
        request.timeoutSeconds = 60
        let response: HTTPResponse
        do throws(HTTPError) { response = try await http.send(request) } catch {
            throw CommandFailure(
                message:
                    "The aggregator at \(base) does not answer: \(error.message). Start it with `ke-aggregator serve`, or name another with --aggregator."
            )
        }
        guard response.status == 200 else {
            let words = TextSafety.printable(String(decoding: response.body.prefix(300), as: UTF8.self))
            throw CommandFailure(message: "The aggregator at \(base) answered HTTP \(response.status): \(words)")
        }
        return try decode(response.body, base)
    }

    private static func decode(_ body: [UInt8], _ place: String) throws -> Report {
        guard let report = try? JSONDecoder().decode(Report.self, from: Data(body)),
            report.schemaVersion == Report.schemaVersion
        else { throw CommandFailure(message: "What answers at \(place) is not a KubeEye aggregator of this version.") }
        return report
    }

    /// What the agents said, from an aggregator at an address of its own.
    package static func snapshot(at base: String, since: Timestamp, http: HTTPClient) async throws -> Snapshot {
        var request = HTTPRequest(url: "\(base)/v1/snapshot?since=\(since.microseconds)")
        request.responseBytesMax = 512 << 20
        request.timeoutSeconds = 60
        let response: HTTPResponse
        do throws(HTTPError) { response = try await http.send(request) } catch {
            throw CommandFailure(message: "The aggregator at \(base) gives no snapshot: \(error.message).")
        }
        if response.status == 200, let snapshot = try? JSONDecoder().decode(Snapshot.self, from: Data(response.body)) {
            return snapshot
        }
        throw CommandFailure(message: "The aggregator at \(base) gives no snapshot: HTTP \(response.status).")
    }

    /// The same from the one in the cluster; nil where there is none, or it may not be asked.
    package static func snapshot(through client: KubernetesClient, since: Timestamp) async -> Snapshot? {
        guard case .answer(let body) = await proxied(client, "v1/snapshot?since=\(since.microseconds)") else {
            return nil
        }
        return try? JSONDecoder().decode(Snapshot.self, from: Data(body))
    }

    /// The one that is installed in the cluster.
    package static func report(through client: KubernetesClient, _ options: ReportOptions) async -> Outcome {
        switch await proxied(client, "v1/report?\(query(options))") {
        case .absent: return .absent
        case .failed(let why): return .failed(why)
        case .answer(let body):
            do { return .report(try decode(body, Names.aggregator)) } catch { return .failed("\(error)") }
        }
    }

    enum Proxied {
        case answer([UInt8])
        case absent
        case failed(String)
    }

    /// Asks through the API server's service proxy. The user's own credentials go to the API server only: the
    /// aggregator is shown a short-lived token of its reader's account instead.
    static func proxied(
        _ client: KubernetesClient, _ path: String, method: String = "GET", body: [UInt8]? = nil
    ) async -> Proxied {
        let root = "/api/v1/namespaces/\(Names.namespace)"
        do throws(APIError) {
            _ = try await client.get("\(root)/services/\(Names.aggregator)")
        } catch {
            return error.kind == .notFound ? .absent : .failed(error.brief)
        }
        do throws(APIError) {
            let wish: [String: Any] = [
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
                "spec": ["audiences": [Names.audience], "expirationSeconds": tokenSeconds],
            ]
            let answer = try await client.send(
                "POST", "\(root)/serviceaccounts/\(method == "GET" ? Names.reader : Names.editor)/token",
                body: try JSONBody.encode(wish))
            guard let document = try? JSONDocument(answer.body), let token = document.root["status"]?["token"]?.string
            else {
                return .failed("the answer to the token request holds no token")
            }
            let target = "\(root)/services/https:\(Names.aggregator):read/proxy/\(path)"
            let response = try await client.exchange(
                method, target, body: body, headers: [("X-Ke-Token", token)], retriesServerErrors: false)
            guard response.status == 200 else {
                return .failed(
                    APIError.from(status: response.status, body: response.body, request: "\(method) the aggregator")
                        .description)
            }
            return .answer(response.body)
        } catch {
            return .failed(error.brief)
        }
    }
}
