import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Auth
@testable import HTTP
@testable import KubernetesAPI

/// Reviews against an API server that does as the test says.
@Suite struct TokenReviewerTests {
    private func reviewer(
        _ clock: ManualClock, _ answer: @escaping @Sendable (FakeAPIServer.Request) -> FakeAPIServer.Answer
    )
        throws -> (TokenReviewer, FakeAPIServer)
    {
        let server = try FakeAPIServer(answer)
        let client = KubernetesClient(
            ClusterConnection(server: server.url, name: "fake"), http: HTTPClient(), clock: clock)
        return (TokenReviewer(client: client, clock: clock), server)
    }

    /// A token with this end, in seconds since 1970; its signature is nobody's.
    private func token(_ end: Double) -> String {
        "e30." + Data("{\"exp\":\(Int(end))}".utf8).base64EncodedString().replacing("=", with: "") + ".x"
    }

    private static let accepted = #"""
        {"status":{"authenticated":true,"audiences":["ke-aggregator"],"user":{"username":"system:serviceaccount:ke-system:ke-agent",
         "groups":["g"],"extra":{"authentication.kubernetes.io/node-name":["n1"],"authentication.kubernetes.io/pod-name":["p"]}}}}
        """#

    /// As servers from 1.29 on answer: the token names its node.
    @Test func whatIsAcceptedIsAskedForOnceInAWhile() async throws {
        let clock = ManualClock()
        let (reviewer, server) = try reviewer(clock) { _ in .init(201, Self.accepted) }
        let good = token(1_700_000_000 + 3600)
        for _ in 0..<3 {
            guard case .accepted(let who) = await reviewer.review(good, audience: "ke-aggregator") else {
                Issue.record("it was not accepted")
                return
            }
            #expect(who.node == "n1")
            #expect(who.pod == "p")
        }
        #expect(server.requests.count == 1)
        #expect(server.requests[0].body.contains(#""audiences":["ke-aggregator"]"#))
        clock.advance(by: TokenReviewer.keptSecondsMin + 1)
        _ = await reviewer.review(good, audience: "ke-aggregator")
        #expect(server.requests.count == 2)
    }

    /// The pod was deleted, or the token's Secret; also while somebody floods the port with made-up ones.
    @Test func aRevokedTokenEndsSoon() async throws {
        let clock = ManualClock()
        let isRevoked = Atomic(false)
        let (reviewer, _) = try reviewer(clock) { request in
            let isGood = !request.body.contains("made-up") && !isRevoked.load(ordering: .relaxed)
            return .init(201, isGood ? Self.accepted : #"{"status":{"authenticated":false}}"#)
        }
        let good = token(1_700_000_000 + 3600)
        _ = await reviewer.review(good, audience: "ke-aggregator", from: "10.0.0.1")
        isRevoked.store(true, ordering: .relaxed)
        clock.advance(by: TokenReviewer.keptSecondsMin + 1)
        for number in 0..<Int(TokenReviewer.addressBurst) + 1 {
            _ = await reviewer.review("made-up-\(number)", audience: "ke-aggregator", from: "10.0.0.1")
        }
        #expect(
            await reviewer.review(good, audience: "ke-aggregator", from: "10.0.0.1")
                == .refused("the token is not valid"))
    }

    /// So that a fleet does not ask the API server more often than it may.
    @Test func manyTokensAreReviewedAgainAtTheSameRate() async throws {
        let clock = ManualClock()
        let (reviewer, server) = try reviewer(clock) { _ in .init(201, Self.accepted) }
        let count = Int(TokenReviewer.keptSecondsMin * TokenReviewer.reviewsPerSecond) * 2
        for number in 0..<count { _ = await reviewer.review("agent-\(number)", audience: "ke-aggregator") }
        clock.advance(by: TokenReviewer.keptSecondsMin + 1)
        for number in 0..<count { _ = await reviewer.review("agent-\(number)", audience: "ke-aggregator") }
        let again = server.requests.count - count
        #expect(again < count * 2 / 3, "the later ones are kept for longer")
        #expect(again > 0)
    }

    @Test func anAnswerForAnotherAudienceIsRefused() async throws {
        let clock = ManualClock()
        let (reviewer, _) = try reviewer(clock) { _ in
            .init(201, Self.accepted.replacing("\"audiences\":[\"ke-aggregator\"],", with: ""))
        }
        #expect(
            await reviewer.review(token(1_700_003_600), audience: "ke-aggregator")
                == .refused("the token is for another audience"))
    }

    /// Findings matter most while the control plane is down; but no longer than the token says itself.
    @Test func withoutTheAPIServerATokenIsGoodUntilItsEnd() async throws {
        let clock = ManualClock()
        let isDown = Atomic(false)
        let (reviewer, _) = try reviewer(clock) { _ in
            isDown.load(ordering: .relaxed) ? .status(403, "Forbidden") : .init(201, Self.accepted)
        }
        let good = token(1_700_000_000 + 3600)
        _ = await reviewer.review(good, audience: "ke-aggregator")
        isDown.store(true, ordering: .relaxed)
        clock.advance(by: 1800)
        guard case .accepted = await reviewer.review(good, audience: "ke-aggregator") else {
            Issue.record("it was accepted before, and has not ended")
            return
        }
        guard case .unavailable = await reviewer.review(token(1_700_009_999), audience: "ke-aggregator") else {
            Issue.record("one that was never accepted is not")
            return
        }
        clock.advance(by: 1801)
        guard case .unavailable = await reviewer.review(good, audience: "ke-aggregator") else {
            Issue.record("it has ended")
            return
        }
    }

    /// Made-up tokens do not become a flood of reviews; a known one is answered all the same.
    @Test func unknownTokensDoNotFloodTheAPIServer() async throws {
        let clock = ManualClock()
        let (reviewer, server) = try reviewer(clock) { request in
            .init(201, request.body.contains("made-up") ? #"{"status":{"authenticated":false}}"# : Self.accepted)
        }
        let good = token(1_700_003_600)
        _ = await reviewer.review(good, audience: "ke-aggregator")
        var unavailable = 0
        for number in 0..<Int(TokenReviewer.reviewBurst) + 50 {
            if case .unavailable = await reviewer.review("made-up-\(number)", audience: "ke-aggregator") {
                unavailable += 1
            }
        }
        #expect(unavailable == 51)
        #expect(server.requests.count == Int(TokenReviewer.reviewBurst))
        guard case .accepted = await reviewer.review(good, audience: "ke-aggregator") else {
            Issue.record("a known token needs no review")
            return
        }
        clock.advance(by: 1)
        #expect(await reviewer.review("made-up-x", audience: "ke-aggregator") == .refused("the token is not valid"))
    }

    /// Who floods a port from one address takes no reviews of other addresses, nor of the other port.
    @Test func eachAddressAndPortHasReviewsOfItsOwn() async throws {
        let clock = ManualClock()
        let (reviewer, _) = try reviewer(clock) { request in
            .init(201, request.body.contains("made-up") ? #"{"status":{"authenticated":false}}"# : Self.accepted)
        }
        var refused = 0
        for number in 0..<1000 {
            let verdict = await reviewer.review(
                "made-up-\(number)", audience: "ke-aggregator", at: .read, from: "10.0.0.9")
            if case .refused = verdict { refused += 1 }
        }
        #expect(refused == Int(TokenReviewer.addressBurst))
        for (door, address) in [(TokenReviewer.Door.read, "10.0.0.8"), (.ingest, "10.0.0.9")] {
            let good = token(1_700_003_600 + Double(address.count) + (door == .read ? 1 : 2))
            guard
                case .accepted = await reviewer.review(good, audience: "ke-aggregator", at: door, from: address)
            else {
                Issue.record("\(address) is kept out at \(door)")
                return
            }
        }
    }
}
