import Foundation
import Glibc
import TestSupport
import Testing

@testable import HTTP

@Suite struct HTTPClientTests {
    private func send(_ port: Int, _ change: (inout HTTPRequest) -> Void = { _ in }) async throws
        -> HTTPResponse
    {
        var request = HTTPRequest(url: "http://127.0.0.1:\(port)/path")
        change(&request)
        return try await HTTPClient().send(request)
    }

    private func code(_ body: () async throws -> Void) async -> HTTPError.Code? {
        do {
            try await body()
            return nil
        } catch { return (error as? HTTPError)?.code }
    }

    @Test func sendsAndReceives() async throws {
        let server = try CannedServer(
            .tcp, answer: CannedServer.http("503 Busy", "later", headers: "Retry-After: 7\r\nX-A: b\r\n"))
        let response = try await send(server.port) {
            $0.method = "POST"
            $0.body = Array("hello".utf8)
            $0.headers = [("X-Mine", "1")]
        }
        #expect(response.status == 503)
        #expect(response.body == Array("later".utf8))
        #expect(response.retryAfterSeconds == 7)
        #expect(response.header("x-a") == "b")
        #expect(server.requests.hasPrefix("POST /path HTTP/1.1"))
        #expect(server.requests.contains("X-Mine: 1"))
        #expect(server.requests.contains("User-Agent: kubeeye"))
        #expect(server.requests.hasSuffix("hello"))
    }

    @Test func speaksOverUnixSockets() async throws {
        let folder = try TemporaryFolder()
        let server = try CannedServer(.unix(folder.path + "/s"), answer: CannedServer.http("200 OK", "OK"))
        let response = try await send(1) { $0.unixSocket = folder.path + "/s" }
        #expect(response.body == Array("OK".utf8))
        #expect(server.requests.hasPrefix("GET /path"))
    }

    @Test func namesWhatWentWrong() async throws {
        #expect(await code { _ = try await send(freePort()) } == .refused)
        let silent = try CannedServer(.tcp, answer: nil)
        #expect(await code { _ = try await send(silent.port) { $0.timeoutSeconds = 0.3 } } == .timeout)
        let cut = try CannedServer(.tcp, answer: Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".utf8))
        #expect(await code { _ = try await send(cut.port) } == .closed)
        let large = try CannedServer(.tcp, answer: CannedServer.http("200 OK", String(repeating: "x", count: 5000)))
        #expect(await code { _ = try await send(large.port) { $0.responseBytesMax = 1000 } } == .tooLarge)
        #expect(
            await code { _ = try await HTTPClient().send(HTTPRequest(url: "file:///etc/passwd")) } == .badURL)
        #expect(await code { _ = try await send(1) { $0.headers = [("X", "a\r\nY: b")] } } == .badURL)
        let plain = try CannedServer(.tcp, answer: Array("no TLS here".utf8))
        #expect(
            await code { _ = try await HTTPClient().send(HTTPRequest(url: "https://127.0.0.1:\(plain.port)/")) }
                == .tls)
    }

    @Test func noProxyStandsBetweenTheMachineAndItself() async throws {
        let server = try CannedServer(.tcp, answer: CannedServer.http("200 OK", "direct"))
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        defer { unsetenv("http_proxy") }
        #expect(try await send(server.port).body == Array("direct".utf8))
    }

    @Test func cancellingEndsTheExchange() async throws {
        let silent = try CannedServer(.tcp, answer: nil)
        let task = Task { try await send(silent.port) { $0.timeoutSeconds = 60 } }
        #expect(await eventually { silent.requests.contains("GET") })
        task.cancel()
        #expect(await ends { _ = await task.result }, "the exchange goes on until its own end after a minute")
        #expect(await code { _ = try await task.value } == .cancelled)
    }

    @Test func manyExchangesAtOnce() async throws {
        let server = try CannedServer(.tcp, answer: CannedServer.http("200 OK", "x"))
        let client = HTTPClient()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await client.send(HTTPRequest(url: "http://127.0.0.1:\(server.port)/")).status
                }
            }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 50))
    }

    /// A real TLS server: trusted by its CA only, and asked for a client certificate.
    @Test(.enabled(if: Machine.has("/usr/bin/openssl"))) func verifiesServersAndShowsItsCertificate() async throws {
        let folder = try TemporaryFolder()
        let made = try Child.run([
            "/bin/sh", "-c",
            "cd \(folder.path) && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1",
        ])
        #expect(made.status == 0, "\(made.output)")
        let port = freePort()
        let server = try Child(
            [
                "/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", folder.path + "/cert", "-key",
                folder.path + "/key", "-Verify", "1", "-CAfile", folder.path + "/cert", "-www", "-quiet",
            ],
            log: folder.path + "/log")
        defer { server.end(SIGKILL) }
        var request = HTTPRequest(url: "https://127.0.0.1:\(port)/")
        request.tls.certificateAuthority = folder.path + "/cert"
        request.tls.clientCertificate = folder.path + "/cert"
        request.tls.clientKey = folder.path + "/key"
        let good = request
        #expect(await eventually { (try? await HTTPClient().send(good))?.status == 200 }, "\(server.log)")
        var stranger = request
        stranger.tls.certificateAuthority = nil
        let unknown = stranger
        #expect(await code { _ = try await HTTPClient().send(unknown) } == .tls)
        var shy = request
        shy.tls.clientCertificate = nil
        shy.tls.clientKey = nil
        let without = shy
        #expect(
            await code { _ = try await HTTPClient().send(without) } != nil, "the server demands a client certificate")
    }
}
