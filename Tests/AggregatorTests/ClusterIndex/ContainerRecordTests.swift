import Testing

@testable import ClusterIndex
@testable import KubernetesAPI
@testable import Platform

@Suite struct ContainerRecordTests {
    private func record(_ json: String) throws -> ContainerRecord {
        let document = try JSONDocument(Array(json.utf8))
        var texts = TextInterner()
        return ContainerRecord(document.root, isInit: false, &texts)
    }

    @Test(arguments: [
        ("containerd://4f3a5b6c7d8e9f00aa", "4f3a5b6c7d8e"), ("docker://abc", "abc"),
        ("4f3a5b6c7d8e9f", "4f3a5b6c7d8e"),
        ("", ""), ("cri-o://", ""),
    ]) func theIDIsTheFirstTwelveDigits(_ id: String, _ short: String) throws {
        #expect(try record(#"{"name": "app", "containerID": "\#(id)"}"#).shortID == short)
    }

    @Test func readsStateAndLastState() throws {
        let container = try record(
            """
            {"name": "app", "ready": false, "restartCount": 4,
             "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
             "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "message": "killed", "finishedAt": "2026-01-01T00:00:00Z"}}}
            """)
        #expect(container.restarts == 4)
        #expect(container.waitingReason == "CrashLoopBackOff")
        #expect(container.last?.exitCode == 137)
        #expect(container.texts.map(\.text) == ["back-off", "killed"])
        #expect(container.texts.last?.time == KubernetesTime.parse("2026-01-01T00:00:00Z"))
        #expect(container.hasTexts)
    }

    @Test func whatIsMissingIsUnknownAndHasNoTexts() throws {
        let container = try record("{}")
        #expect(container.state == .unknown)
        #expect(container.last == nil)
        #expect(!container.isReady)
        #expect(!container.hasTexts)
        #expect(container.texts.isEmpty)
    }
}
