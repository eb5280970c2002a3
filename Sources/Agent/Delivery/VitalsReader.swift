internal import Glibc
package import Host
package import LogReading
import Platform
import RuleEngine
package import Wire

/// How the agent itself does.
package struct VitalsReader: Sendable {
    package let sources: SourceSet
    package let host: HostRoot

    package init(sources: SourceSet, host: HostRoot) {
        self.sources = sources
        self.host = host
    }

    @Sendable package func read() -> Vitals {
        var vitals = Vitals()
        vitals.agentVersion = Version.text
        vitals.kernel = ((try? host.text("/proc/sys/kernel/osrelease")) ?? "").filter { !$0.isNewline }
        vitals.osImage = Self.osName(host)
        let running = sources.rules
        vitals.rulesDigest = String(running.set.digest.prefix(8))
        vitals.ruleCount = running.set.rules.count
        vitals.userRulesDigest = String(running.userDigest.prefix(8))
        vitals.instructionsDigest = running.instructionsDigest
        // Its own process, so not through the host's root. Pages of 4 KiB on every architecture that is built.
        let pages = (try? Files.text("/proc/self/statm"))?.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        vitals.residentBytes = (pages ?? 0) * 4096
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        vitals.cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        let counters = sources.counters
        vitals.linesRead = counters.lines
        vitals.linesMatched = counters.matched
        vitals.linesTruncated = counters.truncated
        return vitals
    }

    /// `PRETTY_NAME` of os-release(5).
    private static func osName(_ host: HostRoot) -> String {
        let text = (try? host.text("/etc/os-release")) ?? (try? host.text("/usr/lib/os-release")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst(12).filter { $0 != "\"" } } ?? ""
    }
}
