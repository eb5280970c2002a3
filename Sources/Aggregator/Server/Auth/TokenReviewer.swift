import Crypto
import Foundation
package import KubernetesAPI
package import Platform

/// The holder of a token, according to the API server.
struct TokenIdentity: Sendable, Equatable {
    var username = ""
    var groups: [String] = []
    var extra: [String: [String]] = [:]

    /// The pod's node, from Kubernetes 1.29 on.
    var node: String? { extra["authentication.kubernetes.io/node-name"]?.first }
    var pod: String? { extra["authentication.kubernetes.io/pod-name"]?.first }
    var podUID: String? { extra["authentication.kubernetes.io/pod-uid"]?.first }
}

/// Verifies tokens and their holders' access with the API server (`TokenReview`, `SubjectAccessReview`), with a cache.
///
/// A verdict is cached for `keptSeconds`, so that a revoked token ends soon. While the API server is unreachable, a
/// token that it once accepted stays valid until its own expiry: findings matter most while the control plane is down.
package actor TokenReviewer {
    /// The least; with many tokens longer, so that all of them are reviewed again at `reviewsPerSecond`.
    static let keptSecondsMin = 30.0
    /// The same for a rejected token.
    static let refusedSeconds = 10.0
    /// Cached verdicts; the oldest are evicted first.
    static let answersMax = 20_000

    /// Rate limit of reviews: the burst covers a whole fleet after a start. Forged tokens cannot flood the API server;
    /// cached tokens need no review.
    static let reviewBurst = 6000.0
    static let reviewsPerSecond = 20.0
    /// The same of one address at one port. An agent needs one in half a minute; a proxy before readers some more.
    static let addressBurst = 60.0
    static let addressReviewsPerSecond = 1.0
    /// Addresses that are remembered; idle ones go first.
    static let addressesMax = 20_000

    /// The port at which a token is shown. Each has reviews of its own: who floods one takes none of the other's.
    enum Door: Hashable, Sendable { case ingest, read }

    enum Verdict: Sendable, Equatable {
        case accepted(TokenIdentity)
        case refused(String)
        /// The API server was unreachable.
        case unavailable(String)
    }

    private struct Kept {
        var verdict: Verdict
        var until: Timestamp
        /// The token's own end; nil: it says none.
        var end: Timestamp?
        var order: Int
    }

    private let client: KubernetesClient
    private let clock: any WallClock
    private var kept: [SHA256.Digest: Kept] = [:]
    private var decisions: [String: (isAllowed: Bool, until: Timestamp)] = [:]
    private var next = 0
    private var reviews: [Door: TokenBucket] = [:]
    private var addresses: [String: TokenBucket] = [:]

    package init(client: KubernetesClient, clock: any WallClock) {
        self.client = client
        self.clock = clock
    }

    /// - Parameter audience: nil: the API server's own, as for Prometheus' account.
    /// - Parameter address: of who shows it; empty: not known.
    func review(_ token: String, audience: String?, at door: Door = .ingest, from address: String = "") async -> Verdict
    {
        guard !token.isEmpty, token.utf8.count <= 16_384 else { return .refused("there is no token") }
        let key = SHA256.hash(data: Data("\(audience ?? "")\n\(token)".utf8))
        let now = clock.now()
        if let known = kept[key], known.until > now { return known.verdict }
        // One that was accepted is asked for again whoever else asks: a flood must not keep a revoked one alive.
        var wasAccepted = false
        if case .accepted? = kept[key]?.verdict { wasAccepted = true }
        let verdict =
            wasAccepted || takeReview(door, address, now)
            ? await ask(token, audience) : .unavailable("too many unknown tokens at once")
        let end = Self.end(of: token)
        switch verdict {
        case .unavailable:
            if let known = kept[key], case .accepted = known.verdict, known.end.map({ $0 > now }) ?? false {
                // Not with each request: an API server that hangs would hold up all of them.
                kept[key]?.until = min(clock.now() + Self.keptSecondsMin, known.end ?? now)
                return known.verdict
            }
            return verdict
        case .accepted:
            let until = now + keptSeconds
            keep(key, verdict, end.map { min(until, $0) } ?? until, end)
        case .refused: keep(key, verdict, now + Self.refusedSeconds, nil)
        }
        return verdict
    }

    /// How long a verdict is cached, in seconds.
    private var keptSeconds: Double {
        let accepted = kept.values.count { one in
            if case .accepted = one.verdict { return true }
            return false
        }
        return max(Self.keptSecondsMin, Double(accepted) / Self.reviewsPerSecond)
    }

    /// - Returns: whether the API server may be asked now.
    private func takeReview(_ door: Door, _ address: String, _ now: Timestamp) -> Bool {
        if !address.isEmpty {
            if addresses.count >= Self.addressesMax {
                let full = Self.addressBurst / Self.addressReviewsPerSecond
                addresses = addresses.filter { !$0.value.isIdle(for: full, at: now) }
                // So many at once are no readers: nobody new gets in until some are idle again.
                if addresses.count >= Self.addressesMax, addresses["\(door) \(address)"] == nil { return false }
            }
            let own = addresses["\(door) \(address)", default: TokenBucket(full: Self.addressBurst, at: now)]
                .take(burst: Self.addressBurst, perSecond: Self.addressReviewsPerSecond, at: now)
            if own != nil { return false }
        }
        return reviews[door, default: TokenBucket(full: Self.reviewBurst, at: now)]
            .take(burst: Self.reviewBurst, perSecond: Self.reviewsPerSecond, at: now) == nil
    }

    private func keep(_ key: SHA256.Digest, _ verdict: Verdict, _ until: Timestamp, _ end: Timestamp?) {
        next += 1
        kept[key] = Kept(verdict: verdict, until: until, end: end, order: next)
        guard kept.count > Self.answersMax else { return }
        // What was accepted is worth more than what was made up.
        kept = kept.filter { one in
            if case .accepted = one.value.verdict { return true }
            return one.value.order == next
        }
        guard kept.count > Self.answersMax else { return }
        let oldest = kept.values.map(\.order).sorted()[kept.count / 4]
        kept = kept.filter { $0.value.order > oldest }
    }

    private struct Review: Encodable {
        struct Spec: Encodable {
            var token: String
            var audiences: [String]?
        }
        var apiVersion = "authentication.k8s.io/v1"
        var kind = "TokenReview"
        var spec: Spec
    }

    private struct ReviewAnswer: Decodable {
        struct User: Decodable {
            var username: String?
            var groups: [String]?
            var extra: [String: [String]]?
        }
        struct Status: Decodable {
            var authenticated: Bool?
            var user: User?
            var audiences: [String]?
            var error: String?
        }
        var status: Status?
    }

    private func ask(_ token: String, _ audience: String?) async -> Verdict {
        let review = Review(spec: .init(token: token, audiences: audience.map { [$0] }))
        guard let body = try? JSONEncoder().encode(review) else { return .refused("the token cannot be sent") }
        do throws(APIError) {
            let answer = try await client.send(
                "POST", "/apis/authentication.k8s.io/v1/tokenreviews", body: [UInt8](body))
            guard let status = (try? JSONDecoder().decode(ReviewAnswer.self, from: Data(answer.body)))?.status else {
                return .unavailable("the response to the token review could not be parsed")
            }
            guard status.authenticated == true, let name = status.user?.username, !name.isEmpty else {
                return .refused(TextSafety.printable(status.error ?? "the token is not valid"))
            }
            // An authenticator that does not know audiences must not widen them
            // (kubernetes.io/docs/reference/access-authn-authz).
            if let audience, status.audiences?.contains(audience) != true {
                return .refused("the token is for another audience")
            }
            return .accepted(
                TokenIdentity(username: name, groups: status.user?.groups ?? [], extra: status.user?.extra ?? [:]))
        } catch {
            return .unavailable(error.brief)
        }
    }

    /// `exp` of a JSON Web Token (RFC 7519 §4.1.4), unverified: it only ever shortens what was accepted.
    static func end(of token: String) -> Timestamp? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        var text = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        struct Claims: Decodable { var exp: Double? }
        guard let data = Data(base64Encoded: text), let claims = try? JSONDecoder().decode(Claims.self, from: data),
            let end = claims.exp, end > 0, end < 1e11
        else { return nil }
        return Timestamp(seconds: end)
    }

    // MARK: Access

    /// What is to be accessed: findings, or a path such as `/metrics`.
    enum Access: Hashable, Sendable {
        case findings(verb: String, namespace: String)
        case path(String)
    }

    private struct AccessReview: Encodable {
        struct Resource: Encodable {
            var namespace: String
            var verb: String
            var group: String
            var resource: String
        }
        struct Path: Encodable {
            var path: String
            var verb: String
        }
        struct Spec: Encodable {
            var user: String
            var groups: [String]
            var extra: [String: [String]]
            var resourceAttributes: Resource?
            var nonResourceAttributes: Path?
        }
        var apiVersion = "authorization.k8s.io/v1"
        var kind = "SubjectAccessReview"
        var spec: Spec
    }

    private struct AccessAnswer: Decodable {
        struct Status: Decodable { var allowed: Bool? }
        var status: Status?
    }

    /// - Returns: nil: the API server was unreachable.
    func allows(_ who: TokenIdentity, _ access: Access) async -> Bool? {
        let key = "\(who.username)\n\(who.groups.joined(separator: ","))\n\(access)"
        let now = clock.now()
        if let known = decisions[key], known.until > now { return known.isAllowed }
        var spec = AccessReview.Spec(user: who.username, groups: who.groups, extra: who.extra)
        switch access {
        case .findings(let verb, let namespace):
            spec.resourceAttributes = .init(namespace: namespace, verb: verb, group: "ke.io", resource: "findings")
        case .path(let path): spec.nonResourceAttributes = .init(path: path, verb: "get")
        }
        guard let body = try? JSONEncoder().encode(AccessReview(spec: spec)),
            let answer = try? await client.send(
                "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", body: [UInt8](body)),
            let status = (try? JSONDecoder().decode(AccessAnswer.self, from: Data(answer.body)))?.status
        else { return nil }
        let isAllowed = status.allowed == true
        if decisions.count >= 1000 { decisions = decisions.filter { $0.value.until > now } }
        if decisions.count < 1000 { decisions[key] = (isAllowed, now + (isAllowed ? 60 : Self.refusedSeconds)) }
        return isAllowed
    }
}
