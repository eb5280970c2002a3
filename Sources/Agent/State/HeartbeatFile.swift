package import Platform

/// The agent's heartbeat, which `ke-agent health` reads: the agent opens no port.
///
/// It lies in memory (`/dev/shm`), so that a full or read-only disk does not make a living agent look dead.
package struct HeartbeatFile: Sendable {
    package static let staleSeconds = 60.0

    let path: String

    package init(stateDir: String) {
        var hash = StableHash()
        hash.combine(stateDir)
        path = (Files.exists("/dev/shm") ? "/dev/shm" : stateDir) + "/ke-agent-\(hash.hex)"
    }

    func write(at time: Timestamp) throws(SystemError) {
        try Files.writeAtomically(Array(String(time.microseconds).utf8), to: path)
    }

    /// Seconds since the last heartbeat.
    /// - Throws: `SystemError` when there never was one.
    package func age(now: Timestamp) throws(SystemError) -> Double {
        let text = try Files.text(path)
        return now.seconds(since: Timestamp(microseconds: Int64(text) ?? 0))
    }
}
