import Foundation
package import HTTP
package import Platform

/// A client of one API server, as one user: authentication, retries, one error type. Lists and watches use it.
///
/// Retries: 429 and 5xx after the server's `Retry-After`, else with backoff; connections that broke; a 401 once
/// more with renewed credentials. Only GET is retried, except after 429, which had no effect.
package struct KubernetesClient: Sendable {
    static let userAgent = "kubeeye/0.1 (github.com/kubesphere/kubeeye)"
    /// Tries of one request, the first included.
    static let triesMax = 5
    /// A longer `Retry-After` is cut to this.
    static let waitSecondsMax = 10.0
    /// One page or object; a longer answer is an error of its kind alone.
    static let responseBytesMax = 256 << 20
    /// An answer that is taken as it comes ends after this.
    static let streamSecondsMax = 3600.0

    package let connection: ClusterConnection
    package let clock: any WallClock
    package var timeoutSeconds = 60.0
    private let http: HTTPClient
    private let credentials: CredentialSource

    package init(
        _ connection: ClusterConnection, http: HTTPClient, clock: any WallClock,
        runner: any CredentialRunner = ExecCredentialRunner()
    ) {
        self.connection = connection
        self.http = http
        self.clock = clock
        credentials = CredentialSource(connection.credential, clock: clock, runner: runner)
    }

    /// GET with a 2xx answer.
    package func get(_ path: String) async throws(APIError) -> APIResponse {
        try await send("GET", path)
    }

    /// Any request with a 2xx answer.
    package func send(
        _ method: String, _ path: String, body: [UInt8]? = nil, contentType: String = "application/json",
        headers: [(name: String, value: String)] = []
    ) async throws(APIError) -> APIResponse {
        let response = try await exchange(method, path, body: body, contentType: contentType, headers: headers)
        guard (200..<300).contains(response.status) else {
            throw APIError.from(status: response.status, body: response.body, request: Self.name(method, path))
        }
        return response
    }

    /// The answer whatever its status, for endpoints whose failures have a text that matters (`/readyz`).
    /// - Parameter onPiece: takes a body of status 200 as it comes, for as long as it comes; false ends the exchange.
    ///   What broke on the way is then not tried again: a part of it was taken.
    package func exchange(
        _ method: String, _ path: String, body: [UInt8]? = nil, contentType: String = "application/json",
        headers: [(name: String, value: String)] = [], retriesServerErrors: Bool = true,
        onPiece: (@Sendable ([UInt8]) -> Bool)? = nil
    ) async throws(APIError) -> APIResponse {
        var backoff = Backoff()
        var hasRenewed = false
        let name = Self.name(method, path)
        for attempt in 1... {
            let proof = try await credentials.proof()
            var request = request(method, path, proof)
            request.body = body
            request.headers += headers
            if let onPiece {
                request.onBody = onPiece
                request.idleTimeoutSeconds = request.timeoutSeconds
                request.timeoutSeconds = Self.streamSecondsMax
            }
            if body != nil { request.headers.append(("Content-Type", contentType)) }
            let mayRetry = attempt < Self.triesMax
            switch await outcome(request) {
            case .success(let response):
                if response.status == 401, !hasRenewed, await credentials.refused() {
                    hasRenewed = true
                    continue
                }
                let isBusy = response.status == 429
                let isBroken = response.status >= 500 && method == "GET" && retriesServerErrors
                if mayRetry, isBusy || isBroken {
                    let wait = response.retryAfterSeconds.map { min($0, Self.waitSecondsMax) }
                    try await pause(backoff.nextDelaySeconds(retryAfter: wait), name)
                    continue
                }
                return APIResponse(
                    status: response.status, body: response.body,
                    date: response.header("date").flatMap(KubernetesTime.parseHTTP),
                    certificates: response.certificates, headers: response.headers)
            case .failure(let error):
                // A broken connection may succeed the next time; refusals, unknown names and certificates will not.
                let isPassing = error.code == .closed || error.code == .other(92) || error.code == .other(16)
                if mayRetry, method == "GET", isPassing, onPiece == nil {
                    try await pause(backoff.nextDelaySeconds(), name)
                    continue
                }
                throw APIError.from(error, request: name)
            }
        }
        throw APIError(.unreachable, "no attempt is left", request: name)
    }

    private func pause(_ seconds: Double, _ name: String) async throws(APIError) {
        do { try await clock.sleep(seconds: seconds) } catch {
            throw APIError(.timeout, "interrupted", request: name)
        }
    }

    /// A GET whose body is streamed until the server ends it.
    /// - Parameter onPiece: must not block; false ends the exchange.
    package func stream(
        _ path: String, seconds: Double, onPiece: @escaping @Sendable ([UInt8]) -> Bool
    ) async throws(APIError) -> APIResponse {
        var request = request("GET", path, try await credentials.proof())
        request.timeoutSeconds = seconds
        request.onBody = onPiece
        switch await outcome(request) {
        case .success(let response) where response.status == 200:
            return APIResponse(
                status: 200, body: [], date: response.header("date").flatMap(KubernetesTime.parseHTTP),
                certificates: [])
        case .success(let response):
            if response.status == 401 { _ = await credentials.refused() }
            throw APIError.from(status: response.status, body: response.body, request: Self.name("GET", path))
        case .failure(let error):
            throw APIError.from(error, request: Self.name("GET", path))
        }
    }

    private func outcome(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
        do throws(HTTPError) { return .success(try await http.send(request)) } catch { return .failure(error) }
    }

    /// The certificate chain of the handshake, even if it is not trusted; no credentials are sent.
    package func certificateChain() async throws(APIError) -> [String] {
        var request = HTTPRequest(url: connection.server + "/livez")
        request.tls.verifiesPeer = false
        request.tls.serverName = connection.tls.serverName
        request.proxy = connection.proxy
        request.keepsCertificates = true
        request.timeoutSeconds = min(timeoutSeconds, 10)
        do throws(HTTPError) { return try await http.send(request).certificates } catch {
            throw APIError.from(error, request: "TLS handshake with \(connection.server)")
        }
    }

    /// Probes the readiness of one API server member at its own address.
    /// - Returns: what is wrong, or nil.
    /// - Throws: when it could not be probed for lack of credentials.
    package func memberFailure(_ server: String) async throws(APIError) -> String? {
        let proof = try await credentials.proof()
        var request = request("GET", "/readyz", proof)
        request.url = server + "/readyz"
        request.timeoutSeconds = 5
        // Its certificate names the service, not always every address.
        request.tls.serverName = connection.tls.serverName ?? "kubernetes.default.svc"
        switch await outcome(request) {
        case .success(let response):
            return (200...299).contains(response.status) || response.status == 401 || response.status == 403
                ? nil : "HTTP \(response.status)"
        case .failure(let error): return error.message
        }
    }

    private func request(_ method: String, _ path: String, _ proof: CredentialSource.Proof) -> HTTPRequest {
        var request = HTTPRequest(url: connection.server + path)
        request.method = method
        request.tls = connection.tls
        if let certificate = proof.certificatePEM {
            request.tls.clientCertificatePEM = certificate
            request.tls.clientKeyPEM = proof.keyPEM
        }
        request.proxy = connection.proxy
        request.acceptsCompression =
            !connection.server.contains("://127.") && !connection.server.contains("://localhost")
        request.responseBytesMax = Self.responseBytesMax
        request.timeoutSeconds = timeoutSeconds
        request.headers = [("User-Agent", Self.userAgent), ("Accept", "application/json")]
        if let authorization = proof.authorization { request.headers.append(("Authorization", authorization)) }
        request.headers += connection.impersonation.headers
        return request
    }

    /// A request's name in messages: without the page token, which is opaque.
    package static func name(_ method: String, _ path: String) -> String {
        "\(method) \(path.prefix { $0 != "?" })"
    }
}

extension String {
    /// One part of a URL's path or query, percent-encoded (RFC 3986 §2.3).
    package var urlEscaped: String {
        var out = ""
        for byte in utf8 {
            let isPlain =
                (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                || "-._~".utf8.contains(byte)
            let hex = String(byte, radix: 16, uppercase: true)
            out += isPlain ? String(UnicodeScalar(byte)) : "%" + (hex.count == 1 ? "0" + hex : hex)
        }
        return out
    }
}
