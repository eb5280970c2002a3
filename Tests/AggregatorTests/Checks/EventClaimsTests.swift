import Testing

@testable import CheckModel
@testable import Checks
@testable import ClusterIndex
@testable import Findings
@testable import KubernetesAPI
@testable import Platform

@Suite struct EventClaimsTests {
    private struct Broken: EventCheck {
        let id = "NodeExt4Error"
        let scopes: ClusterScope.Kinds = .nodes
        let claims = [EventClaim(pattern: "(")]
        func evaluate(_ view: ClusterView, _ out: inout CheckOutput) { out.healthy() }
    }

    /// Without its patterns nothing is found in any event: that is not healthy.
    @Test func patternsThatDoNotCompileAreNotObserved() {
        let claims = EventClaims([Broken()])
        #expect(claims.problem != nil)
        let gaps = CheckRunner.gaps(
            ClusterIndex(name: "a"), hasAgents: true, settings: CheckSettings(), checks: [Broken()], claims: claims)
        #expect(gaps.contains { $0.reason == .malformed && $0.detail.contains("were not matched") })
    }

    @Test func thoseOfTheListCompile() { #expect(EventClaims.shared.problem == nil) }
}
