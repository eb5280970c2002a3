import Testing

@testable import Gauges

@Suite struct FilesystemSamplerTests {
    @Test func aFullMountSaysWhatItHolds() {
        let mounts = ["/", "/var", "/var/lib/containerd"],
            roots = ["/var/lib/kubelet", "/var/lib/containerd", "/opt/x"]
        #expect(FilesystemSampler.held(roots, on: "/var", of: mounts) == ", holds /var/lib/kubelet")
        #expect(FilesystemSampler.held(roots, on: "/var/lib/containerd", of: mounts) == ", holds /var/lib/containerd")
        #expect(FilesystemSampler.held(roots, on: "/", of: mounts) == ", holds /opt/x")
        #expect(FilesystemSampler.held([], on: "/", of: mounts).isEmpty)
    }
}
