import Foundation
import Synchronization
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
}
