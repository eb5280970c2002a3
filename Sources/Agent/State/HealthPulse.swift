package import Platform

/// A sign of life that `ke-agent health` reads: the agent opens no port.
///
/// It lies in memory (`/dev/shm`), so that a full or read-only disk does not make a living agent look dead.
package struct HealthPulse: Sendable {
    static let periodSeconds = 10.0
    package static let staleSeconds = 60.0

    let path: String

    package init(stateDir: String) {
        var hash = StableHash()
        hash.combine(stateDir)
        path = (Files.exists("/dev/shm") ? "/dev/shm" : stateDir) + "/ke-agent-\(hash.hex)"
    }

    package func run(clock: any WallClock) async {
        while !Task.isCancelled {
            try? Files.writeAtomically(Array(String(clock.now().microseconds).utf8), to: path)
            try? await clock.sleep(seconds: Self.periodSeconds)
        }
    }

    /// Seconds since the last sign of life.
    /// - Throws: `SystemError` when there never was one.
    package func age(now: Timestamp) throws(SystemError) -> Double {
        let text = try Files.text(path)
        return now.seconds(since: Timestamp(microseconds: Int64(text) ?? 0))
    }
}
