import Findings
import Host
import Platform

/// The control group whose tasks wait longest for CPU, by `cpu.pressure` (cgroup v2, kernel
/// Documentation/admin-guide/cgroup-v2.rst). A pod or a service, not the slices above them, which add up.
struct StalledCgroup: Equatable {
    /// `pod <uid>`, which whoever knows the API makes a name, or the path of a service.
    var name: String
    var someAvg300: Double

    /// Folders looked at in one walk, and how deep.
    private static let foldersMax = 2000
    private static let depthMax = 5

    /// nil where no group waits, or the kernel does not measure groups.
    static func worst(_ host: HostRoot) -> StalledCgroup? {
        var worst: StalledCgroup?
        var folders = 0
        walk(host.path("/sys/fs/cgroup"), "", depthMax, &folders) { folder, path in
            let parsed = CgroupPath(path)
            let isLeaf = parsed.map { $0.containerID.isEmpty } ?? path.hasSuffix(".service")
            guard isLeaf, let text = try? Files.text(folder + "/cpu.pressure") else { return }
            let value = Pressure(text).someAvg300
            if value > 0, value > worst?.someAvg300 ?? 0 {
                worst = StalledCgroup(name: parsed.map { "pod \($0.podUID)" } ?? path, someAvg300: value)
            }
        }
        return worst
    }

    private static func walk(
        _ folder: String, _ path: String, _ depth: Int, _ folders: inout Int, _ look: (String, String) -> Void
    ) {
        guard depth > 0, folders < foldersMax else { return }
        folders += 1
        // Groups come and go while they are walked.
        for name in (try? Files.names(in: folder)) ?? []
        where name.hasSuffix(".slice") || name.hasSuffix(".service") || name.hasPrefix("pod")
            || name.hasPrefix("kubepods")
            || ["burstable", "besteffort"].contains(name)
        {
            look("\(folder)/\(name)", "\(path)/\(name)")
            walk("\(folder)/\(name)", "\(path)/\(name)", depth - 1, &folders, look)
        }
    }
}
