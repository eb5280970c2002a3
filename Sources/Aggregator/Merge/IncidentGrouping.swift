import Shared

/// Folds findings of one node that belong together into incidents, causes above effects (DESIGN §9).
enum IncidentGrouping {
    /// Findings this close in time are one incident.
    static let windowSeconds = 1800.0

    struct Group {
        /// The most upstream finding.
        var lead: Finding
        var findings: [Finding]
        var since: Timestamp
    }

    /// From cause to effect: what stands earlier explains what stands later. Checks that are not named lead nothing.
    static let upstream = [
        "NodeHardwareError", "NodeDiskHardware", "NodeKernelNULLPointer", "NodeKernelOops", "NodeLockup",
        "NodeFilesystemReadOnly", "NodeExt4Error", "NodeCorruptOverlay2", "NodeAUFSUmountHung", "NodeDeadlock",
        "NodeDisk", "NodeMemory", "NodeOOM", "NodeFDExhaustion", "NodePIDExhaustion", "NodeConntrackNearFull",
        "NodeClockSkew", "NodePressureStall", "NodeCPU", "NodeTaskHung", "NodeDockerHung", "DockerHealthStatus",
        "UnitRestartLoop", "CNINotReady", "KubeletHealthStatus", "NodeNotReady", "AgentSilent",
    ]

    static func incidents(_ findings: [Finding]) -> [Group] {
        var groups: [Group] = []
        for (_, ofNode) in Dictionary(grouping: findings, by: \.node).sorted(by: { $0.key < $1.key }) {
            var open: [Finding] = []
            var end = Timestamp(microseconds: 0)
            for finding in ofNode.sorted(by: { ($0.first, $0.id) < ($1.first, $1.id) }) {
                if !open.isEmpty, finding.first.seconds(since: end) > windowSeconds {
                    groups.append(group(open))
                    open = []
                }
                open.append(finding)
                end = max(end, finding.last)
            }
            if !open.isEmpty { groups.append(group(open)) }
        }
        return groups.sorted { a, b in
            let severities = [a, b].map { $0.findings.map(\.detection.severity).max() ?? .info }
            if severities[0] != severities[1] { return severities[0] > severities[1] }
            if a.findings.count != b.findings.count { return a.findings.count > b.findings.count }
            return (a.since, a.lead.id) < (b.since, b.lead.id)
        }
    }

    private static func rank(_ finding: Finding) -> Int {
        upstream.firstIndex(of: finding.detection.check) ?? upstream.count
    }

    private static func group(_ findings: [Finding]) -> Group {
        let lead =
            findings.min { a, b in
                if rank(a) != rank(b) { return rank(a) < rank(b) }
                if a.detection.severity != b.detection.severity { return a.detection.severity > b.detection.severity }
                return (a.first, a.id) < (b.first, b.id)
            } ?? findings[0]
        return Group(lead: lead, findings: findings, since: findings.map(\.first).min() ?? lead.first)
    }
}
