internal import Glibc
import HTTP
import Platform

/// What asking a service gave.
enum ProbeAnswer: Equatable, Sendable {
    case alive(String)
    /// Nobody listens, or the answer is no.
    case down(String)
    /// Connected, and silent past the deadline.
    case hung(String)
    case missing(String)
    case forbidden(String)
    /// The exchange failed in a way that says nothing of the service.
    case broken(String)
}

/// Counts answers: three in a row count; one that was never alive since the start is nobody's failure.
struct ProbeHistory: Equatable, Sendable {
    private(set) var downs = 0
    private(set) var hangs = 0
    private(set) var wasAlive = false

    mutating func note(_ answer: ProbeAnswer) {
        switch answer {
        case .alive: self = ProbeHistory(wasAlive: true)
        case .down:
            downs += 1
            hangs = 0
        case .hung:
            hangs += 1
            downs = 0
        case .missing, .forbidden:
            downs = 0
            hangs = 0
        case .broken: break
        }
    }

    init(wasAlive: Bool = false) { self.wasAlive = wasAlive }
}

/// Asks services over sockets, with deadlines.
struct SocketProbe: Sendable {
    let http: HTTPClient

    /// Docker's `GET /_ping`, which answers `OK` (Docker Engine API).
    func docker(socket: String, hangSeconds: Double) async -> ProbeAnswer {
        var request = HTTPRequest(url: "http://docker/_ping")
        request.unixSocket = socket
        request.timeoutSeconds = hangSeconds
        return await ask(request, socket) { response in
            let body = String(decoding: response.body.prefix(100), as: UTF8.self)
            return response.status == 200 && body.hasPrefix("OK")
                ? .alive("OK") : .down("HTTP \(response.status): \(TextSafety.printable(body))")
        }
    }

    /// CRI `RuntimeService/Version` (kubernetes/cri-api `api.proto`), v1 and, for old runtimes, v1alpha2.
    func cri(socket: String, hangSeconds: Double) async -> ProbeAnswer {
        var last = ProbeAnswer.down("no CRI version answered")
        for version in ["v1", "v1alpha2"] {
            var request = HTTPRequest(url: "http://localhost/runtime.\(version).RuntimeService/Version")
            request.method = "POST"
            request.unixSocket = socket
            request.version = .http2PriorKnowledge
            // libcurl before 8 fails on the second exchange of a connection that began so: "Error in the HTTP2 framing
            // layer".
            request.reusesConnections = false
            request.timeoutSeconds = hangSeconds
            request.headers = [("Content-Type", "application/grpc"), ("TE", "trailers")]
            // One message of no fields: uncompressed flag and length (gRPC over HTTP/2, "Length-Prefixed-Message").
            request.body = [0, 0, 0, 0, 0]
            last = await ask(request, socket) { response in
                switch response.header("grpc-status") {
                case "0": .alive("CRI \(version)")
                case "12": .down("the runtime does not speak CRI \(version)")
                case let code:
                    .down(
                        "gRPC status \(code ?? "missing"), \(TextSafety.printable(response.header("grpc-message") ?? "no message"))"
                    )
                }
            }
            // 12 is UNIMPLEMENTED: the older name may do.
            guard case .down(let text) = last, text.hasPrefix("the runtime does not speak") else { return last }
        }
        return last
    }

    /// The kubelet's health. Over TLS nothing is sent and nothing is trusted but that it answers: its certificate is
    /// its own, and without a login it says 401 or 403.
    func kubelet(url: String, timeoutSeconds: Double) async -> ProbeAnswer {
        var request = HTTPRequest(url: url)
        request.timeoutSeconds = timeoutSeconds
        request.tls.verifiesPeer = false
        let alive = url.hasPrefix("https:") ? [200, 401, 403] : [200]
        return await ask(request, nil) { response in
            alive.contains(response.status)
                ? .alive(response.status == 200 ? "ok" : "answers, HTTP \(response.status)")
                : .down(
                    "\(url): HTTP \(response.status): \(TextSafety.printable(String(decoding: response.body.prefix(200), as: UTF8.self)))"
                )
        }
    }

    private func ask(_ request: HTTPRequest, _ socket: String?, _ verdict: (HTTPResponse) -> ProbeAnswer) async
        -> ProbeAnswer
    {
        if let socket {
            if access(socket, F_OK) != 0 { return .missing("no \(socket)") }
            if access(socket, R_OK | W_OK) != 0 { return .forbidden("\(socket): \(String(cString: strerror(errno)))") }
        }
        let name = socket ?? request.url
        do throws(HTTPError) {
            return verdict(try await http.send(request))
        } catch {
            return switch error.code {
            case .timeout: .hung("\(name): connected, silent for \(Int(request.timeoutSeconds))s")
            case .refused, .resolve: .down("connect \(name): \(error.message)")
            default: .broken("asking \(name) failed: \(error.message)")
            }
        }
    }
}
