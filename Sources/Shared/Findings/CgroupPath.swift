/// The owner of a cgroup: the pod UID and container id in its path.
///
/// Spellings: kubernetes `pkg/kubelet/cm` (cgroupfs and systemd drivers), docker, containerd (`cri-containerd-`) and
/// CRI-O (`crio-`). Guaranteed pods have no QoS level. The systemd driver writes `_` for `-` in UIDs.
package struct CgroupPath: Equatable, Sendable {
    package let podUID: String
    /// Empty for the pod's own group.
    package let containerID: String

    /// `nil` when the path is not a pod's.
    package init?(_ path: String) {
        let parts = path.split(separator: "/")
        guard let index = parts.lastIndex(where: { Self.podUID($0) != nil }), let uid = Self.podUID(parts[index]) else {
            return nil
        }
        podUID = uid
        if let colon = parts[index].firstIndex(of: ":") {
            containerID = Self.containerID(parts[index][colon...])
        } else {
            containerID = index + 1 < parts.count ? Self.containerID(parts[index + 1]) : ""
        }
    }

    private static func podUID(_ part: Substring) -> String? {
        // runc's own spelling where the drivers of kubelet and runtime differ: `<slice>:cri-containerd:<id>`.
        var name = part.prefix { $0 != ":" }
        if name.hasSuffix(".slice") {
            name = name.dropLast(6)
            // `kubelet-kubepods-…` under a cgroup root of the kubelet's own, as kind has it.
            guard name.hasPrefix("kubepods") || name.contains("-kubepods"), let range = lastPodPrefix(name) else {
                return nil
            }
            name = name[range...]
        } else if name.hasPrefix("pod") {
            name = name.dropFirst(3)
        } else {
            return nil
        }
        let uid = name.map { $0 == "_" ? "-" : $0 }
        // A UID, or a static pod's config hash: hexadecimal digits and dashes.
        guard uid.count >= 16 || uid.contains("-") || !uid.isEmpty && part.hasPrefix("pod"),
            uid.allSatisfy({ $0.isHexDigit || $0 == "-" })
        else { return nil }
        return String(uid)
    }

    /// Where the UID starts in `kubepods-burstable-pod<uid>` or `kubepods-pod<uid>`.
    private static func lastPodPrefix(_ name: Substring) -> Substring.Index? {
        var rest = name
        var found: Substring.Index?
        while let dash = rest.firstIndex(of: "-") {
            rest = rest[rest.index(after: dash)...]
            if rest.hasPrefix("pod") { found = rest.index(rest.startIndex, offsetBy: 3) }
        }
        return found
    }

    private static func containerID(_ part: Substring) -> String {
        var name = part
        if name.hasSuffix(".scope") { name = name.dropLast(6) }
        for prefix in ["cri-containerd-", "crio-conmon-", "crio-", "docker-", "libpod-"] where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count)
        }
        // cri-containerd:<id> under the slice:prefix:name spelling of runc's systemd driver.
        if let colon = name.lastIndex(of: ":") { name = name[name.index(after: colon)...] }
        return name.count >= 12 && name.allSatisfy(\.isHexDigit) ? String(name) : ""
    }
}
