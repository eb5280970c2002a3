package import Findings
package import Host
package import Platform
import RuleEngine
import Synchronization

/// Names pods by the folders that the kubelet makes: `/var/log/pods/<namespace>_<name>_<uid>/<container>/`.
///
/// So a kernel line is attributed on the node, without asking the API server anything.
package final class LogFolderPods: PodDirectory {
    /// A pod's folders are there before its first process; a miss is looked up again after this.
    static let refreshSeconds = 2.0

    private struct Pod {
        var object: ObjectReference
        var containers: [String]
    }

    private struct Cache {
        var pods: [String: Pod] = [:]
        var readAt: Timestamp?
    }

    private let host: HostRoot
    private let clock: any WallClock
    private let cache = Mutex(Cache())

    package init(host: HostRoot, clock: any WallClock) {
        self.host = host
        self.clock = clock
    }

    package func resolve(_ path: CgroupPath) -> (pod: ObjectReference, container: String) {
        let found = cache.withLock { cache -> Pod? in
            let now = clock.now()
            if let pod = cache.pods[path.podUID] { return pod }
            if let readAt = cache.readAt, now.seconds(since: readAt) < Self.refreshSeconds, now >= readAt { return nil }
            cache.pods = read()
            cache.readAt = now
            return cache.pods[path.podUID]
        }
        let short = String(path.containerID.prefix(12))
        guard let found else { return (ObjectReference(kind: "Pod", name: "", uid: path.podUID), short) }
        // The folder names containers, the cgroup only an id: one container is no question.
        return (found.object, found.containers.count == 1 ? found.containers[0] : short)
    }

    private func read() -> [String: Pod] {
        var pods: [String: Pod] = [:]
        for name in (try? Files.names(in: host.podLogs)) ?? [] {
            let parts = name.split(separator: "_").map(String.init)
            guard parts.count == 3 else { continue }
            pods[parts[2]] = Pod(
                object: ObjectReference(kind: "Pod", namespace: parts[0], name: parts[1], uid: parts[2]),
                containers: (try? Files.names(in: host.podLogs + "/" + name)) ?? [])
        }
        return pods
    }
}
