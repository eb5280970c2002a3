import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform

/// Disks and volumes in the words of kernels and kubelets.
@Suite struct DeviceNamesTests {
    private func finding(_ text: String, subject: String = "") -> EvaluatedFinding {
        let now = Timestamp(seconds: 1_767_268_800)
        let detection = Detection(
            check: "PodIOError", rule: "r", reason: "r", severity: .warning, object: .node("n1"), subject: subject,
            message: text)
        return EvaluatedFinding(
            EvaluatedFinding.Content(
                id: "1", node: "n1", detection: detection, first: now, last: now, count: 1, isState: false,
                evidence: [], table: .events))
    }

    @Test(arguments: [
        ("EXT4-fs error (device sda1): inode #2", ["sda"]),
        ("critical medium error, dev nvme0n1p2, sector 1", ["nvme0n1"]),
        ("Buffer I/O error on dev dm-0, logical block 7", ["dm-0"]), ("XFS (vdb): log I/O error -5", ["vdb"]),
        ("nvme nvme1: controller is down", ["nvme1"]), ("/dev/mmcblk0p1 is read-only", ["mmcblk0"]),
        ("read /data/x: input/output error", []), ("the standard answer of mdadmin", []),
    ]) func aTextNamesItsDisk(_ text: String, _ disks: [String]) {
        #expect(DeviceNames.disks(finding(text)) == Set(disks))
    }

    @Test func theSubjectNamesOneToo() {
        #expect(DeviceNames.disks(finding("turned read-only", subject: "sdb3")) == ["sdb"])
    }

    @Test(arguments: [
        (["sda"], ["sda"], false), (["sda"], ["sdb"], true), (["sda"], [], false), ([], ["sda"], false),
        (["nvme0"], ["nvme0n1"], false), (["nvme0n1"], ["nvme1n1"], true), (["nvme1"], ["nvme10n1"], true),
    ]) func twoDisksAreTheSame(_ a: [String], _ b: [String], _ isOther: Bool) {
        #expect(DeviceNames.isOther(Set(a), Set(b)) == isOther)
    }

    @Test func aVolumesFolderNamesItsPod() {
        let uid = "11111111-2222-3333-4444-555555555555"
        let mount = "/var/lib/kubelet/pods/\(uid)/volumes/kubernetes.io~csi/pv/mount"
        #expect(DeviceNames.pods(finding("is read-only", subject: mount)) == [uid])
        #expect(DeviceNames.pods(finding("/var/lib is read-only")).isEmpty)
    }
}
