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
    /// `/dev/kmsg` stands in for a journald that cannot write, where it may be read; nil: it does not.
    private let handover: KernelHandover?

    /// Sources with their rule groups, in the order of each source's selectors.
    package func sources(
        for groups: [RuleGroup], observations: ObservationTable
    ) -> [(any LogSource, [RuleGroup])] {
        let logs = configuration.hostProfile(host).logs
        let kernel: SourceSelector = kernelComesFromJournal(observations) ? .kernel : .kmsg
        let requests = groups.flatMap { group in
            places(of: group.selector, kernel: kernel, logs).map { LogSourceEntry.Request(place: $0, group: group) }
        }
        let standIn = kernel == .kernel && KmsgSource.isReadable(host.kmsg) ? handover : nil
        let setting = LogSourceEntry.Setting(
            host: host, bootID: bootID, journal: location, clock: clock, journald: journald, handover: standIn)
        let sources = LogSourceList.all.flatMap { entry in
            let own = requests.filter { $0.place.kind == entry.kind.name }
            if own.isEmpty { return [(any LogSource, [RuleGroup])]() }
            let sources = entry.make(own, setting)
            for problem in sources.problems { observations.note(problem) }
            return sources.all
        }
        let kernelGroups = groups.filter { $0.selector == .kernel }
        guard let standIn, !kernelGroups.isEmpty else { return sources }
        let kmsg = KmsgSource(
            id: KmsgSource.standInID, path: host.kmsg, bootID: bootID, selectors: kernelGroups.map(\.selector),
            clock: clock, handover: standIn)
        return sources + [(kmsg, kernelGroups)]
    }

    private func places(
        of selector: SourceSelector, kernel: SourceSelector, _ logs: [HostProfile.Log]
    ) -> [SourceSelector] {
        if selector == .kernel { return [kernel] }
        // Some hosts let a unit write a file of its own beside, or instead of, the journal.
        return [selector] + logs.filter { selector.units.contains($0.unit) }.map { .file($0.format) }
    }

    var location: Journal.Location { Self.location(configuration, host) }

    private static func location(_ configuration: AgentConfiguration, _ host: HostRoot) -> Journal.Location {
        if let path = configuration.journalDir {
            return path.hasSuffix(".journal") ? .files([path]) : .folder(path)
        }
        return host.prefix.isEmpty ? .system : .root(host.prefix)
    }

    /// - Parameter standsIn: whether `/dev/kmsg` may stand in for journald.
    package init(
        configuration: AgentConfiguration, host: HostRoot, bootID: String, clock: any WallClock,
        journald: JournaldState = JournaldState(), standsIn: Bool = false
    ) {
        self.journald = journald
        handover =
            standsIn
            ? KernelHandover(bootID: bootID, journald: journald, journal: Self.location(configuration, host)) : nil
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
