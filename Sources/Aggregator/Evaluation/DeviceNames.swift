import Findings
import Regex

/// The block devices and pods' volumes that a finding names.
enum DeviceNames {
    /// Kernel names of disks (Documentation/admin-guide/devices.txt) with the partition behind them.
    private static let device = LazyRegex(
        #"(?:^|[^A-Za-z0-9_-])(?P<disk>(?:sd[a-z]{1,3}|vd[a-z]{1,2}|xvd[a-z]{1,2}|hd[a-z]|nvme\d+n\d+|nvme\d+|"#
            + #"mmcblk\d+|dm-\d+|md\d+|loop\d+|rbd\d+|nbd\d+))(?:p?\d{1,3})?(?:[^A-Za-z0-9_-]|$)"#
    )
    /// The kubelet's folder of a pod's volumes.
    private static let volume = LazyRegex(#"/pods/(?P<uid>[0-9a-f]{8}-[0-9a-f-]{27})/volume"#)

    /// Whole disks, without their partitions; of each text the first.
    static func disks(_ finding: EvaluatedFinding) -> Set<String> {
        var disks: Set<String> = []
        for text in [finding.detection.subject] + finding.texts {
            guard let found = device.compiled?.captures(in: text)?["disk"] else { continue }
            // A controller (nvme0) has its namespaces (nvme0n1).
            disks.insert(found)
        }
        return disks
    }

    /// The pods whose volume the finding is about; empty: no one pod's.
    static func pods(_ finding: EvaluatedFinding) -> Set<String> {
        var uids: Set<String> = []
        for text in [finding.detection.subject] + finding.texts {
            if let uid = volume.compiled?.captures(in: text)?["uid"] { uids.insert(uid) }
        }
        return uids
    }

    static func isOther(_ cause: Set<String>, _ effect: Set<String>) -> Bool {
        guard !cause.isEmpty, !effect.isEmpty else { return false }
        return !cause.contains { a in effect.contains { b in isSame(a, b) } }
    }

    private static func isSame(_ a: String, _ b: String) -> Bool {
        if a == b { return true }
        let (short, long) = a.count < b.count ? (a, b) : (b, a)
        // nvme0 and nvme0n1.
        return short.hasPrefix("nvme") && !short.dropFirst(4).contains("n") && long.hasPrefix(short + "n")
    }
}
