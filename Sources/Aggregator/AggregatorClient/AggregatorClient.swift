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
    /// For an answer; for the next piece of one that is taken piece by piece.
    static let timeoutSeconds = 60.0
    /// For all pieces: whoever reads may take their time.
    static let streamSecondsMax = 3600.0

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

    /// All of it, to be written here.
    package func report(_ options: ReportOptions) async throws(AggregatorFailure) -> Report {
        try decoded(try await answer("GET", "v1/report?\(ReportRequest(options: options).query)", nil))
    }

    /// Header, numbers and the worst incident, without findings and tables; and the exit status that `failOn` asks for.
    /// An aggregator that does not know of it sends all.
    /// - Parameter first: so many incidents, agents and rows of what was not observed.
    package func overview(
        _ asked: ReportRequest, first: Int = 1
    ) async throws(AggregatorFailure) -> (Report, Int32) {
        var request = ReportRequest(options: asked.options, failOn: asked.failOn, isOverview: true)
        request.layout.limit = first
        do throws(AggregatorFailure) {
            let answer = try await answer("GET", "v1/report?\(request.query)", nil)
            return (try decoded(answer), try exitStatus(request, answer))
        } catch {
            guard error.isUnknownParameter else { throw error }
            let report = try await report(asked.options)
            return (report, report.exitStatus(failOn: asked.failOn))
        }
    }

    private func decoded(_ answer: Reply) throws(AggregatorFailure) -> Report {
        let report: Report
        do { report = try JSONDecoder().decode(Report.self, from: Data(answer.body)) } catch {
            throw failure(.malformed)
        }
        guard report.schemaVersion == Report.schemaVersion else { throw failure(.malformed) }
        return report
    }

    private func exitStatus(_ request: ReportRequest, _ answer: Reply) throws(AggregatorFailure) -> Int32 {
        guard request.failOn != nil else { return 0 }
        guard let status = answer.exitStatus.flatMap({ Int32($0) }), (0...3).contains(status) else {
            throw failure(.malformed)
        }
        return status
    }

    /// The report as the aggregator writes it, piece by piece: neither side has all of it in memory.
    /// - Parameter onPiece: of the text, on a thread that may block; false ends the exchange.
    /// - Returns: the exit status that `failOn` asks for.
    package func rendered(
        _ request: ReportRequest, onPiece: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws(AggregatorFailure) -> Int32 {
        let answer = try await answer("GET", "v1/report?\(request.query)", nil, onPiece: onPiece)
        return try exitStatus(request, answer)
    }

    /// What happened to one object. An aggregator of an earlier version fails with `isUnknownPath`.
    package func timeline(
        _ target: WhyReader.Target, namespace: String, since: Timestamp
    ) async throws(AggregatorFailure) -> Timeline {
        let (kind, name) = target.parts
        return try await exchange(
            "GET",
            "v1/why?kind=\(kind)&name=\(name.urlEscaped)&namespace=\(namespace.urlEscaped)&since=\(since.microseconds)",
            as: Timeline.self)
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
        let answer = try await answer(method, path, encoded).body
        do { return try JSONDecoder().decode(type, from: Data(answer)) } catch { throw failure(.malformed) }
    }

    // MARK: Transport

    private struct Reply {
        var body: [UInt8]
        var exitStatus: String?
    }

    private func answer(
        _ method: String, _ path: String, _ body: [UInt8]?, onPiece: (@Sendable ([UInt8]) -> Bool)? = nil
    ) async throws(AggregatorFailure) -> Reply {
        switch way {
        case .address(let base): try await send(method, base + "/" + path, body, onPiece)
        case .cluster(let client): try await proxied(client, method, path, body, onPiece)
        }
    }

    private func send(
        _ method: String, _ url: String, _ body: [UInt8]?, _ onPiece: (@Sendable ([UInt8]) -> Bool)?
    ) async throws(AggregatorFailure) -> Reply {
        var request = HTTPRequest(url: url)
        request.method = method
        request.body = body ?? []
        request.responseBytesMax = Self.responseBytesMax
        request.timeoutSeconds = onPiece == nil ? Self.timeoutSeconds : Self.streamSecondsMax
        request.idleTimeoutSeconds = onPiece == nil ? nil : Self.timeoutSeconds
        request.onBody = onPiece
        // On this machine it would only cost time.
        request.acceptsCompression = !request.isLoopback
        if body != nil { request.headers = [("Content-Type", "application/json")] }
        let response: HTTPResponse
        do throws(HTTPError) { response = try await http.send(request) } catch {
            throw failure(.unreachable, error.message)
        }
        guard response.status == 200 else {
            throw failure(.refused(status: response.status), Self.reason(response.body))
        }
        return Reply(body: response.body, exitStatus: response.header(ReportRequest.exitStatusHeader))
    }

    /// What a refusal says; a body that is not a refusal is of something else at this address.
    private static func reason(_ body: [UInt8]) -> String {
        refusal(body) ?? TextSafety.printable(String(decoding: body.prefix(300), as: UTF8.self))
    }

    /// nil: it is not one of ours.
    private static func refusal(_ body: [UInt8]) -> String? {
        (try? JSONDecoder().decode(Refusal.self, from: Data(body))).map { TextSafety.printable($0.error) }
    }

    private func failure(_ kind: AggregatorFailure.Kind, _ reason: String = "") -> AggregatorFailure {
        guard case .address(let base) = way else { return AggregatorFailure(kind: kind, address: nil, reason: reason) }
        return AggregatorFailure(kind: kind, address: base, reason: reason)
    }

    /// Through the API server's service proxy. The user's own credentials go to the API server only: the aggregator is
    /// shown a short-lived token of its reader's account instead.
    private func proxied(
        _ client: KubernetesClient, _ method: String, _ path: String, _ body: [UInt8]?,
        _ onPiece: (@Sendable ([UInt8]) -> Bool)?
    ) async throws(AggregatorFailure) -> Reply {
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
                headers: [("X-Ke-Token", token)], retriesServerErrors: false, onPiece: onPiece)
        } catch {
            throw failure(.unreachable, error.brief)
        }
        guard response.status == 200 else {
            let error = APIError.from(
                status: response.status, body: response.body, request: "\(method) the aggregator")
            throw failure(
                .refused(status: response.status), Self.refusal(response.body) ?? error.description)
        }
        return Reply(
            body: response.body, exitStatus: response.header(ReportRequest.exitStatusHeader.lowercased()))
    }
}
