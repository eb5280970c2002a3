import Shared
import Testing

@Suite struct CgroupPathTests {
    private static let uid = "87e18f63-83cb-11e7-a01d-42010a8001db"
    private static let under = "87e18f63_83cb_11e7_a01d_42010a8001db"
    private static let id = "ef807430361e6e82b45db92e2e9b6fbc98f419b12c591e655c1a725565e73a8"

    @Test(arguments: [
        ("/kubepods/burstable/pod\(uid)/\(id)", uid, id), ("/kubepods/pod\(uid)/\(id)", uid, id),
        (
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(under).slice/cri-containerd-\(id).scope",
            uid, id
        ),
        ("/kubepods.slice/kubepods-pod\(under).slice/crio-\(id).scope", uid, id),
        ("/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod\(under).slice/docker-\(id).scope", uid, id),
        ("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(under).slice", uid, ""),
        ("/kubelet.slice/kubelet-kubepods.slice/kubepods-burstable-pod\(under).slice:cri-containerd:\(id)", "", ""),
        ("/kubepods/besteffort/pod5d41402abc4b2a76b9719d911017c592/\(id)", "5d41402abc4b2a76b9719d911017c592", id),
        ("/system.slice/docker.service", "", ""), ("/", "", ""), ("", "", ""), ("/user.slice/podman.slice", "", ""),
    ])
    func readsEverySpelling(_ path: String, _ podUID: String, _ containerID: String) {
        let read = CgroupPath(path)
        #expect((read?.podUID ?? "") == podUID, "\(path)")
        #expect((read?.containerID ?? "") == containerID, "\(path)")
    }
}
