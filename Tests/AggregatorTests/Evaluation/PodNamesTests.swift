import Testing

@testable import Evaluation

/// The spellings in which the kubelet and runtimes name a pod.
@Suite struct PodNamesTests {
    private static let uid = "11111111-2222-3333-4444-555555555555"

    @Test(arguments: [
        #""Error syncing pod, skipping" err="x" pod="shop/web-0" podUID="11111111-2222-3333-4444-555555555555""#,
        #"level=error msg="RunPodSandbox for &PodSandboxMetadata{Name:web-0,Uid:11111111-2222-3333-4444-555555555555,Namespace:shop,Attempt:0,} failed, error""#,
        "RunPodSandbox for &PodSandboxMetadata{Name:web-0,Namespace:shop,Attempt:0,} failed, error: x",
        #"Failed to create sandbox for pod \"web-0_shop(11111111-2222-3333-4444-555555555555)\": rpc error"#,
        "shop/web-0",
    ]) func findsThePod(_ text: String) {
        let names = PodNames.named(in: [text])
        #expect(names.map(\.name) == ["web-0"])
        #expect(names.map(\.namespace) == ["shop"])
    }

    @Test func aUIDAloneIsAName() {
        #expect(PodNames.named(in: ["podUID=\(Self.uid) is gone"]).map(\.uid) == [Self.uid])
    }

    @Test(arguments: ["container runtime is down", "", "no space left on device: /var/lib", "a b/c d"])
    func findsNoneWhereNoneIsNamed(_ text: String) { #expect(PodNames.named(in: [text]).isEmpty) }

    @Test func eachIsSaidOnceAndNotWithoutEnd() {
        let texts = (0..<100).map { "pod=\"shop/web-\($0 % 50)\"" }
        #expect(PodNames.named(in: texts).count == PodNames.namesMax)
        #expect(PodNames.named(in: ["pod=\"shop/a\"", "pod=\"shop/a\""]).count == 1)
    }
}
