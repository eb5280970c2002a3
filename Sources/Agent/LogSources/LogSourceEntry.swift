package import Findings
package import Host
package import Platform
package import RuleEngine
package import Systemd

/// How sources of one kind of log are made on this host.
package struct LogSourceEntry: Sendable {
    /// Rules, and where their lines are on this host: for rules about a unit this may be a file.
    package struct Request: Sendable {
        package let place: SourceSelector
        package let group: RuleGroup

        package init(place: SourceSelector, group: RuleGroup) {
            self.place = place
            self.group = group
        }
    }

    /// What sources read from.
    package struct Setting: Sendable {
        package let host: HostRoot
        package let bootID: String
        package let journal: Journal.Location
        package let clock: any WallClock
        /// Of the machine's own journal.
        package let journald: JournaldState
        /// Where `/dev/kmsg` stands in for that journal; nil: it does not.
        package let handover: KernelHandover?

        package init(
            host: HostRoot, bootID: String, journal: Journal.Location, clock: any WallClock,
            journald: JournaldState = JournaldState(), handover: KernelHandover? = nil
        ) {
            self.handover = handover
            self.journald = journald
            self.host = host
            self.bootID = bootID
            self.journal = journal
            self.clock = clock
        }
    }

    package struct Sources {
        /// With their rules, in the order of each source's selectors.
        package var all: [(any LogSource, [RuleGroup])] = []
        /// Sources that could not be made.
        package var problems: [Observation] = []
    }

    package let kind: LogSourceKind
    /// Of places of this kind, at least one.
    package let make: @Sendable ([Request], Setting) -> Sources
}
