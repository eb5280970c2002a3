import Testing

@testable import Install
@testable import KubernetesAPI

/// What `ke install` says of a pod that does not become ready.
@Suite struct RolloutPodTests {
    private func pod(waiting message: String) throws -> RolloutPod {
        let text = """
            {"metadata": {"name": "ke-agent-x"}, "spec": {"nodeName": "n1"}, "status": {"phase": "Pending",
             "containerStatuses": [{"state": {"waiting": {"reason": "CreateContainerError", "message": "\(message)"}}}]}}
            """
        return RolloutPod(try JSONDocument(Array(text.utf8)).root)
    }

    @Test func saysWhatHelpsWhereMountsAreNotShared() throws {
        let said = "path \\\"/var/log\\\" is mounted on \\\"/\\\" but it is not a shared or slave mount"
        let hint = try #require(try pod(waiting: said).hint)
        #expect(hint.contains("mount --make-rshared /"))
        #expect(hint.contains("--set agent.mountPropagation=None"))
    }

    @Test func repeatsTheReasonWhereNothingIsKnownToHelp() throws {
        let pod = try pod(waiting: "no space left on device")
        #expect(pod.words == "no space left on device")
        #expect(pod.hint == nil)
        #expect(!pod.isReady)
    }
}
