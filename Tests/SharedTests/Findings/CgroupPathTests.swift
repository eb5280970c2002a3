import Testing

@testable import Findings

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
        // Drivers that differ; a kubelet's own root, as in kind; a cluster inside a container.
        ("/system.slice/containerd.service/kubepods-burstable-pod\(under).slice:cri-containerd:\(id)", uid, id),
        (
            "/docker/\(id)/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod\(under).slice/cri-containerd-\(id).scope",
            uid, id
        ),
        ("/docker/\(id)/kubepods/burstable/pod\(uid)/\(id)", uid, id),
        ("/kubelet/kubepods/pod\(uid)/\(id)", uid, id),
        // CRI-O with cgroupfs, with crun's inner group, and its monitor.
        ("/kubepods/burstable/pod\(uid)/crio-\(id)", uid, id),
        (
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(under).slice/crio-\(id).scope/container",
            uid, id
        ),
        ("/kubepods.slice/kubepods-pod\(under).slice/crio-conmon-\(id).scope", uid, id),
        // Groups that a container makes inside its own (v2), systemd in a container.
        ("/kubepods/burstable/pod\(uid)/\(id)/init.scope", uid, id),
        ("/kubepods.slice/kubepods-pod\(under).slice/cri-containerd-\(id).scope/system.slice/ssh.service", uid, id),
        // A static pod's slice carries the hash of its manifest.
        (
            "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod5d41402abc4b2a76b9719d911017c592.slice/docker-\(id).scope",
            "5d41402abc4b2a76b9719d911017c592", id
        ),
        ("/kubepods.slice/kubepods-burstable.slice", "", ""), ("/kubepods", "", ""),
        ("/kubepods/burstable/podinfo", "", ""),
        ("/kubepods/besteffort/pod5d41402abc4b2a76b9719d911017c592/\(id)", "5d41402abc4b2a76b9719d911017c592", id),
        ("/system.slice/docker.service", "", ""), ("/", "", ""), ("", "", ""), ("/user.slice/podman.slice", "", ""),
    ])
    func readsEverySpelling(_ path: String, _ podUID: String, _ containerID: String) {
        let read = CgroupPath(path)
        #expect((read?.podUID ?? "") == podUID, "\(path)")
        #expect((read?.containerID ?? "") == containerID, "\(path)")
    }
}
