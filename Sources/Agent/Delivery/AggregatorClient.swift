import FoundationEssentials
package import HTTP
import Platform
package import Wire

/// Speaks to the aggregator's ingest port.
package struct AggregatorClient: Sendable {
    package struct Setting: Sendable, Equatable {
        package var url: String
        package var node: String
        package var agentID: String
        /// PEM file of the authority that the aggregator is judged by.
        package var certificateAuthority: String?
        /// Read for each request: the kubelet renews it.
        package var tokenFile: String?

        package init(
            url: String, node: String, agentID: String, certificateAuthority: String? = nil, tokenFile: String? = nil
        ) {
            self.url = url
            self.node = node
            self.agentID = agentID
            self.certificateAuthority = certificateAuthority
            self.tokenFile = tokenFile
        }
    }

    package enum Failure: Error, CustomStringConvertible {
        /// No answer, or one that asks to come again.
        case retry(String, afterSeconds: Double?)
        /// Another position is committed.
        case conflict(Acknowledgement)
        /// The same request will never be taken.
        case refused(Int, String)

        package var description: String {
            switch self {
            case .retry(let text, _): text
            case .conflict: "another position is committed"
            case .refused(let status, let text): "HTTP \(status): \(text)"
            }
        }
    }

    let setting: Setting
    private let http: HTTPClient

    package init(_ setting: Setting, http: HTTPClient) {
        self.setting = setting
        self.http = http
    }

    /// What a trial found; redacted texts only.
    package func report(_ result: TrialResult) async throws(Failure) {
        let body: [UInt8]
        do { body = [UInt8](try JSONEncoder().encode(result)) } catch {
            throw .retry("The trial's result cannot be encoded: \(error)", afterSeconds: nil)
        }
        _ = try await post("trial", body)
    }

    package func hello() async throws(Failure) -> Acknowledgement {
        try await post("hello", [])
    }

    func send(_ encoded: [UInt8]) async throws(Failure) -> Acknowledgement {
        try await post("batches", encoded)
    }

    private func post(_ path: String, _ body: [UInt8]) async throws(Failure) -> Acknowledgement {
        let base = setting.url.hasSuffix("/") ? String(setting.url.dropLast()) : setting.url
        var request = HTTPRequest(url: "\(base)/v1/nodes/\(setting.node)/\(path)")
        request.method = "POST"
        request.body = body
        request.headers = [("Content-Type", "application/json"), ("X-Ke-Agent", setting.agentID)]
        do throws(SystemError) {
            // As bytes, because libcurl would keep what it read from a path, and the authority is renewed.
            if let path = setting.certificateAuthority { request.tls.certificateAuthorityPEM = try Files.read(path) }
            if let path = setting.tokenFile {
                let token = try Files.text(path).filter { !$0.isWhitespace }
                request.headers.append(("Authorization", "Bearer \(token)"))
            }
        } catch {
            throw .retry(error.description, afterSeconds: nil)
        }
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await http.send(request)
        } catch {
            throw .retry(error.message, afterSeconds: nil)
        }
        return try read(response)
    }

    private func read(_ response: HTTPResponse) throws(Failure) -> Acknowledgement {
        let decoder = JSONDecoder()
        if response.status == 200 {
            do { return try decoder.decode(Acknowledgement.self, from: Data(response.body)) } catch {
                throw .retry("The aggregator's answer is not an acknowledgement: \(error)", afterSeconds: nil)
            }
        }
        // Something between here and the aggregator may have answered in words of its own.
        let refusal = try? decoder.decode(Refusal.self, from: Data(response.body))
        let text = refusal?.error ?? TextSafety.printable(String(decoding: response.body.prefix(200), as: UTF8.self))
        switch response.status {
        case 409:
            if let committed = refusal?.acknowledgement { throw .conflict(committed) }
            throw .retry("A conflict without positions: \(text)", afterSeconds: nil)
        case 400, 413, 422: throw .refused(response.status, text)
        default: throw .retry("HTTP \(response.status): \(text)", afterSeconds: response.retryAfterSeconds)
        }
    }
}
