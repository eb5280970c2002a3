package import AgentState
import Findings
package import Host
package import LogSources
package import Platform
import Regex
package import RuleEngine
import Systemd

/// Decides which source serves which rules on this host.
///
/// A new kind of source is added here, in `SourceSelector`, and where rule files name it (`KeRuleReader`, `RuleWriter`,
/// `RuleChecker`, `JournalClassifier`); the compiler names the places.
package struct SourceFactory: Sendable {
    package let configuration: AgentConfiguration
    package let host: HostRoot
    package let bootID: String
    package let clock: any WallClock

    /// Sources with their rule groups, in the order of each source's selectors.
    package func sources(
        for groups: [RuleGroup], observations: ObservationTable
    ) -> [(any LogSource, [RuleGroup])] {
        var journal: [RuleGroup] = []
        var kmsg: [RuleGroup] = []
        var foreign: [String: [RuleGroup]] = [:]
        var fromFiles: [SourceSelector.FileFormat: [RuleGroup]] = [:]
        var files: [(any LogSource, [RuleGroup])] = []
        let logs = configuration.hostProfile(host).logs
        let kernelFromJournal = kernelComesFromJournal(observations)
        for group in groups {
            switch group.selector {
            case .kernel: if kernelFromJournal { journal.append(group) } else { kmsg.append(group) }
            case .kmsg: kmsg.append(group)
            case .driver: journal.append(group)
            case .units(let units):
                journal.append(group)
                // Some hosts let a unit write a file of its own beside, or instead of, the journal.
                for log in logs where units.contains(log.unit) { fromFiles[log.format, default: []].append(group) }
            case .identifiers(_, let directory):
                // An empty or the usual folder is the system's journal.
                if ["", "/var/log/journal", "/run/log/journal"].contains(directory) {
                    journal.append(group)
                } else {
                    foreign[directory, default: []].append(group)
                }
            case .file(let format): fromFiles[format, default: []].append(group)
            }
        }
        for (format, groups) in fromFiles.sorted(by: { $0.key.path < $1.key.path }) {
            do throws(RegexError) {
                files.append((try FileSource(format: format, host: host, clock: clock), groups))
            } catch {
                observations.note(
                    Observation(
                        check: "agent", source: "file:\(format.path)", outcome: .unobserved, reason: .malformed,
                        since: clock.now(), detail: error.message))
            }
        }
        var all: [(any LogSource, [RuleGroup])] = []
        if !journal.isEmpty {
            all.append((JournalSource(location: location, selectors: journal.map(\.selector), clock: clock), journal))
        }
        if !kmsg.isEmpty {
            all.append(
                (KmsgSource(path: host.kmsg, bootID: bootID, selectors: kmsg.map(\.selector), clock: clock), kmsg))
        }
        for (directory, groups) in foreign.sorted(by: { $0.key < $1.key }) {
            let source = JournalSource(
                id: "journal:\(directory)", location: .folder(host.path(directory)), selectors: groups.map(\.selector),
                clock: clock)
            all.append((source, groups))
        }
        return all + files
    }

    var location: Journal.Location {
        if let path = configuration.journalDir {
            return path.hasSuffix(".journal") ? .files([path]) : .folder(path)
        }
        return host.prefix.isEmpty ? .system : .root(host.prefix)
    }

    package init(configuration: AgentConfiguration, host: HostRoot, bootID: String, clock: any WallClock) {
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
