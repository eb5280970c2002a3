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
        vitals.residentBytes = Self.anonymousBytes
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        vitals.cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        let counters = sources.counters
        vitals.linesRead = counters.lines
        vitals.linesMatched = counters.matched
        vitals.linesTruncated = counters.truncated
        return vitals
    }

    /// Resident memory without what files are mapped for: journal files are the page cache's, and a limit of memory is
    /// not reached by them. `resident - shared` of statm (proc_pid_statm(5)), in pages of 4 KiB on every architecture
    /// that is built. Of this process, so not through the host's root.
    private static var anonymousBytes: Int64 {
        let pages = ((try? Files.text("/proc/self/statm")) ?? "").split(separator: " ").map { Int64($0) ?? 0 }
        return pages.count > 2 ? max(0, pages[1] - pages[2]) * 4096 : 0
    }

    /// `PRETTY_NAME` of os-release(5).
    private static func osName(_ host: HostRoot) -> String {
        let text = (try? host.text("/etc/os-release")) ?? (try? host.text("/usr/lib/os-release")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return line.map { $0.dropFirst(12).filter { $0 != "\"" } } ?? ""
    }
}
