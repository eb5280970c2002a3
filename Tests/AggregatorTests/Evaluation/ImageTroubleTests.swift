import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform

/// When it is the registry that fails, and when the image is wrong.
@Suite struct ImageTroubleTests {
    private func registry(_ text: String) -> String? {
        let now = Timestamp(seconds: 1_767_268_800)
        let detection = Detection(
            check: ImageTrouble.check, rule: "r", reason: "ImagePullBackOff", severity: .danger,
            object: ObjectReference(kind: "Pod", namespace: "shop", name: "web-0"), message: text)
        return ImageTrouble.registry(
            EvaluatedFinding(
                EvaluatedFinding.Content(
                    id: "1", node: "", detection: detection, first: now, last: now, count: 1, isState: true,
                    evidence: [], table: .events)))
    }

    @Test(arguments: [
        (
            #"failed to pull and unpack image "reg.example.com/web:v1": dial tcp 10.0.0.7:443: i/o timeout"#,
            "reg.example.com"
        ),
        (#"Back-off pulling image "localhost:5000/web": connection refused"#, "localhost:5000"),
        (#"failed to pull image "shop/web:v1": 429 Too Many Requests"#, "docker.io"),
        (
            #"Head "https://reg.example.com:8443/v2/web/manifests/v1": EOF: TLS handshake timeout"#,
            "reg.example.com:8443"
        ),
    ]) func namesTheRegistryThatFails(_ text: String, _ registry: String) {
        #expect(self.registry(text) == registry)
    }

    @Test(arguments: [
        #"failed to pull and unpack image "reg.example.com/web:v9": reg.example.com/web:v9: not found"#,
        #"pull access denied for shop/web, repository does not exist or may require authorization"#,
        "couldn't parse image name",
    ]) func anImageThatIsWrongIsNoRegistrys(_ text: String) { #expect(registry(text) == nil) }
}
