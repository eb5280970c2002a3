package import AgentState
import Findings
package import Host
package import LogSources
package import Platform
import Regex
package import RuleEngine
import Systemd

/// Decides where on this host the lines of which rules are; the entries of `LogSourceList` make sources of that.
package struct SourceFactory: Sendable {
    package let configuration: AgentConfiguration
    package let host: HostRoot
    package let bootID: String
    package let clock: any WallClock
    /// Of the machine's own journal.
    package let journald: JournaldState

    /// Sources with their rule groups, in the order of each source's selectors.
    package func sources(
        for groups: [RuleGroup], observations: ObservationTable
    ) -> [(any LogSource, [RuleGroup])] {
        let logs = configuration.hostProfile(host).logs
        let kernel: SourceSelector = kernelComesFromJournal(observations) ? .kernel : .kmsg
        let requests = groups.flatMap { group in
            places(of: group.selector, kernel: kernel, logs).map { LogSourceEntry.Request(place: $0, group: group) }
        }
        let setting = LogSourceEntry.Setting(
            host: host, bootID: bootID, journal: location, clock: clock, journald: journald)
        return LogSourceList.all.flatMap { entry in
            let own = requests.filter { $0.place.kind == entry.kind.name }
            if own.isEmpty { return [(any LogSource, [RuleGroup])]() }
            let sources = entry.make(own, setting)
            for problem in sources.problems { observations.note(problem) }
            return sources.all
        }
    }

    private func places(
        of selector: SourceSelector, kernel: SourceSelector, _ logs: [HostProfile.Log]
    ) -> [SourceSelector] {
        if selector == .kernel { return [kernel] }
        // Some hosts let a unit write a file of its own beside, or instead of, the journal.
        return [selector] + logs.filter { selector.units.contains($0.unit) }.map { .file($0.format) }
    }

    var location: Journal.Location {
        if let path = configuration.journalDir {
            return path.hasSuffix(".journal") ? .files([path]) : .folder(path)
        }
        return host.prefix.isEmpty ? .system : .root(host.prefix)
    }

    package init(
        configuration: AgentConfiguration, host: HostRoot, bootID: String, clock: any WallClock,
        journald: JournaldState = JournaldState()
    ) {
        self.journald = journald
        self.configuration = configuration
        self.host = host
        self.bootID = bootID
        self.clock = clock
    }

    /// Whether the journal holds the kernel's lines: where journald runs it does, and needs no privilege.
    private func kernelComesFromJournal(_ observations: ObservationTable) -> Bool {
        switch configuration.kernelLog {
        case .journal: return true
        case .kmsg: return false
        case .auto:
            do throws(JournalError) {
                let journal = try Journal(location)
                try journal.addMatch("_TRANSPORT=kernel")
                try journal.seekHead()
                return try journal.next()
            } catch {
                // No journal on this host is no news; one that cannot be read is.
                if Files.exists(host.path("/var/log/journal")) || Files.exists(host.path("/run/log/journal")) {
                    observations.note(
                        Observation(
                            check: "agent", source: "journal", outcome: .unobserved, reason: .malformed,
                            since: clock.now(), detail: "kernel lines are read from kmsg: \(error)"))
                }
                return false
            }
        }
    }
}
