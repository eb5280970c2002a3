import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Delivery
@testable import HTTP
@testable import Wire

/// How answers are read: only the aggregator's own refusal of what it read whole ends a batch.
@Suite struct AggregatorClientTests {
    private func client(_ note: @escaping @Sendable (String) -> Void = { _ in }) -> AggregatorClient {
        AggregatorClient(.init(url: "http://x", node: "n", agentID: "a"), http: HTTPClient(), noteBadInstructions: note)
    }

    private func failure(_ status: Int, _ body: String) -> AggregatorClient.Failure? {
        do throws(AggregatorClient.Failure) {
            _ = try client().read(HTTPResponse(status: status, headers: [], body: Array(body.utf8)), bytesSent: 100)
            return nil
        } catch { return error }
    }

    @Test(arguments: [400, 413, 422]) func aRefusalOfWhatWasSentEndsABatch(_ status: Int) {
        guard case .refused(status, "no")? = failure(status, #"{"error":"no","bytesRead":100}"#) else {
            Issue.record("it is sent again as it is")
            return
        }
    }

    @Test(
        arguments: [
            (400, "<html><h1>400 Bad Request</h1></html>"), (413, "<html></html>"), (422, ""),
            (400, #"{"error":"bad gateway"}"#), (422, #"{"error":"no","bytesRead":99}"#), (413, #"{"error":"no"}"#),
            (408, #"{"error":"no","bytesRead":100}"#), (404, "{}"), (500, ""), (200, "<html>welcome</html>"),
            (409, #"{"error":"no"}"#), (302, ""), (200, #"{"storeID":"","positions":{}}"#),
        ]) func anythingElseIsSentAgain(_ status: Int, _ body: String)
    {
        guard case .retry? = failure(status, body) else {
            Issue.record("\(status) \(body) gives a batch up")
            return
        }
    }

    @Test func instructionsBeyondTheirLimitsAreLeftOutOfAGoodAnswer() throws {
        let told = Mutex("")
        var answer = Acknowledgement(storeID: "s", positions: [:])
        answer.instructions = Instructions(
            trial: .init(id: "t", sinceSeconds: 1e300, cpuShare: 0.1, files: []), thresholds: ["a": 1e308])
        let body = [UInt8](try JSONEncoder().encode(answer))
        let read = try client { text in told.withLock { $0 = text } }
            .read(HTTPResponse(status: 200, headers: [], body: body), bytesSent: 0)
        #expect(read.storeID == "s")
        #expect(read.instructions == nil)
        #expect(!told.withLock { $0 }.isEmpty)
    }

    // MARK: Ways to the aggregator

    private static let acknowledgement: [UInt8] = {
        let answer = try? JSONEncoder().encode(Acknowledgement(storeID: "s1", positions: [:]))
        return CannedServer.http("200 OK", String(decoding: answer ?? Data(), as: UTF8.self))
    }()

    private func client(
        at url: String, authority: String? = nil, fallback: String? = nil
    ) -> AggregatorClient {
        AggregatorClient(
            .init(url: url, node: "n", agentID: "a", certificateAuthority: authority, fallbackHost: fallback),
            http: HTTPClient())
    }

    @Test func reportsWithoutClusterDNS() async throws {
        let server = try CannedServer(.tcp, answer: Self.acknowledgement)
        let client = client(at: "http://ke-aggregator.ke-system.invalid:\(server.port)", fallback: "127.0.0.1")
        #expect(try await client.hello().storeID == "s1")
        #expect(server.requests.contains("POST /v1/nodes/n/hello"))
        // The way that led there is the first from then on.
        #expect(try await client.hello().storeID == "s1")
    }

    @Test func namesTheNameThatCannotBeResolved() async throws {
        let client = client(at: "http://ke-aggregator.ke-system.invalid:7470", fallback: "127.0.0.1")
        do {
            _ = try await client.hello()
            Issue.record("nobody is there")
        } catch {
            #expect("\(error)".contains("ke-aggregator.ke-system.invalid"), "\(error)")
        }
    }

    @Test func judgesTheCertificateByTheName() throws {
        let request = HTTPRequest(url: "https://ke-aggregator.ke-system.svc:7470/v1/nodes/n/hello")
        let four = try #require(AggregatorClient.byAddress(request, "10.96.0.7"))
        #expect(four.url == "https://10.96.0.7:7470/v1/nodes/n/hello")
        #expect(four.tls.serverName == "ke-aggregator.ke-system.svc")
        let six = try #require(AggregatorClient.byAddress(request, "fd00::7"))
        #expect(six.url == "https://[fd00::7]:7470/v1/nodes/n/hello")
        #expect(AggregatorClient.byAddress(request, nil) == nil)
        for url in ["https://127.0.0.1:7470/x", "https://[fd00::1]:7470/x"] {
            #expect(AggregatorClient.byAddress(HTTPRequest(url: url), "10.96.0.7") == nil)
        }
    }

    @Test func tellsAMissingAuthorityFromOtherTrouble() async throws {
        let folder = try TemporaryFolder()
        let server = try CannedServer(.tcp, answer: Self.acknowledgement)
        let client = client(at: "http://127.0.0.1:\(server.port)", authority: folder.path + "/ca.crt")
        do {
            _ = try await client.hello()
            Issue.record("there is no authority")
        } catch {
            guard case .fileMissing(let text) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(text.contains("/ca.crt"))
        }
        try folder.write("", to: "ca.crt")
        #expect(try await client.hello().storeID == "s1")
    }
}
