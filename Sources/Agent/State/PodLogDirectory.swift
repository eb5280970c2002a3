package import Findings
package import Host
package import Platform
import RuleEngine
import Synchronization

/// Names pods by the folders that the kubelet makes: `/var/log/pods/<namespace>_<name>_<uid>/<container>/`.
///
/// So a kernel line is attributed on the node, without asking the API server anything. Pods of folders that cannot be
/// read are known by their UID alone.
package final class PodLogDirectory: PodDirectory {
    /// A pod's folders are there before its first process; a miss is looked up again after this.
    static let refreshSeconds = 2.0

    private struct Pod {
        var object: ObjectReference
        var containers: [String]
    }

    private struct Cache {
        var pods: [String: Pod] = [:]
        var readAt: Timestamp?
        var problem: SystemError?
    }

    private let host: HostRoot
    private let clock: any WallClock
    private let cache = Mutex(Cache())
    private let noteProblem: @Sendable (SystemError?) -> Void

    /// - Parameter noteProblem: called, without locks held, when the folders become unreadable, and with nil when they
    ///   can be read again. That there are none is not a problem: no kubelet may have run here.
    package init(
        host: HostRoot, clock: any WallClock, noteProblem: @escaping @Sendable (SystemError?) -> Void = { _ in }
    ) {
        self.host = host
        self.clock = clock
        self.noteProblem = noteProblem
    }

    package func resolve(_ path: CgroupPath) -> (pod: ObjectReference, container: String) {
        let (found, change) = cache.withLock { cache -> (Pod?, SystemError??) in
            let now = clock.now()
            if let pod = cache.pods[path.podUID] { return (pod, nil) }
            if let readAt = cache.readAt, now.seconds(since: readAt) < Self.refreshSeconds, now >= readAt {
                return (nil, nil)
            }
            let before = cache.problem
            (cache.pods, cache.problem) = read()
            cache.readAt = now
            return (cache.pods[path.podUID], before == cache.problem ? nil : .some(cache.problem))
        }
        if let change { noteProblem(change) }
        let short = String(path.containerID.prefix(12))
        guard let found else { return (ObjectReference(kind: "Pod", name: "", uid: path.podUID), short) }
        // The folder names containers, the cgroup only an id: it is the pod's container where it has only one.
        return (found.object, found.containers.count == 1 ? found.containers[0] : short)
    }

    private func read() -> (pods: [String: Pod], problem: SystemError?) {
        var pods: [String: Pod] = [:]
        var problem: SystemError?
        func names(_ folder: String) -> [String] {
            do throws(SystemError) { return try Files.names(in: folder) } catch {
                // A pod's folder may go between two looks.
                if !error.isMissing, problem == nil { problem = error }
                return []
            }
        }
        for name in names(host.podLogs) {
            let parts = name.split(separator: "_").map(String.init)
            guard parts.count == 3 else { continue }
            pods[parts[2]] = Pod(
                object: ObjectReference(kind: "Pod", namespace: parts[0], name: parts[1], uid: parts[2]),
                containers: names(host.podLogs + "/" + name))
        }
        return (pods, problem)
    }
}
