import Foundation
import TestSupport
import Testing

@testable import Documents
@testable import Findings
@testable import Platform
@testable import Regex
@testable import RuleEngine
@testable import Wire

/// Tests about the shipped rules as a whole: what each claims, and that none takes another's lines.
@Suite struct RuleLibraryTests {
    struct Library {
        var set: RuleSet

        init() throws { set = RuleSet(users: []) }

        /// Rules that claim a line which reaches the selectors that `isSeen` names, in the library's order.
        func claimants(_ sample: String, _ isSeen: (SourceSelector) -> Bool) -> [LogRule] {
            var found: [LogRule] = []
            let matchers = set.groups.filter { isSeen($0.selector) }.map { LineMatcher($0) }
            let lines = sample.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() {
                var isClaimed = false
                for matcher in matchers {
                    matcher.scan(
                        Array(line.utf8).span, time: Timestamp(microseconds: 0), position: { "" },
                        isClaimed: &isClaimed
                    ) { if index == lines.count - 1, $0.kind == .rule { found.append(matcher.group.rules[$0.rule]) } }
                }
            }
            return found
        }

        /// Context rules: what a line is when it joins another.
        func contexts(_ line: String) -> [LogRule] {
            var found: [LogRule] = []
            for matcher in set.groups.map({ LineMatcher($0) }) {
                matcher.scan(Array(line.utf8).span, time: Timestamp(microseconds: 0), position: { "" }) {
                    if case .context = $0.kind { found.append(matcher.group.rules[$0.rule]) }
                }
            }
            return found
        }
    }

    /// Selectors that see a line which a unit of `rule`'s wrote.
    private static func sees(like rule: LogRule) -> (SourceSelector) -> Bool {
        { other in
            if !rule.selector.units.isEmpty, !other.units.isEmpty {
                return !Set(rule.selector.units).isDisjoint(with: other.units)
            }
            return other == rule.selector
        }
    }

    @Test func readsWithoutProblems() throws {
        let library = try Library()
        #expect(library.set.problems.map(\.description) == [])
        #expect(library.set.rules.count >= 160)
        #expect(library.set.files.flatMap(RuleSamples.check).map(\.description) == [])
    }

    @Test func everyRuleIsWholeInBothLanguages() throws {
        for rule in try Library().set.rules {
            #expect(!rule.why.en.isEmpty, "\(rule.id): why")
            #expect(!rule.why.zh.isEmpty, "\(rule.id): why")
            #expect(!rule.remedy.en.isEmpty, "\(rule.id): remedy")
            #expect(!rule.remedy.zh.isEmpty, "\(rule.id): remedy")
            let commands = rule.commands + (Catalogue.builtIn[rule.check]?.commands ?? [])
            #expect(!commands.isEmpty, "\(rule.id): commands")
            #expect(!rule.variants.isEmpty, "\(rule.id): variants")
            #expect(!rule.matchSamples.isEmpty, "\(rule.id): samples")
            #expect(!rule.ignoreSamples.isEmpty, "\(rule.id): samples")
        }
    }

    /// Most specific first: in the whole library each sample is claimed by its own rule alone.
    @Test func everySampleGivesItsOwnFindingAndNoOther() throws {
        let library = try Library()
        for rule in library.set.rules {
            for sample in rule.matchSamples {
                let ids = library.claimants(sample, Self.sees(like: rule)).map(\.id)
                #expect(ids == [rule.id], "\(rule.id): \(sample)")
            }
        }
    }

    /// Names of disks, arrays, interfaces, PCI devices, sessions and units.
    private static let things =
        #"\b(?:(?:sd|vd|xvd|hd)[a-z]+\d*|nvme\d+(?:c\d+)?(?:n\d+(?:p\d+)?)?|dm-\d+|md\d+|d?rbd\d+|bcache\d+|(?:eth|bond|team|ib|em|eno|ens|enp)\d\w*|p\d+p\d+|mpath\w+|(?:connection|session)\d+|[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]|[\w@\\-]+\.(?:service|mount|socket|swap|timer|path))\b"#
    /// Rules about the whole node, whatever their lines name, and why.
    private static let ofTheNode = [
        "inotify-exhausted": "the limit is the node's", "cgroup-exhausted": "the limit is the node's",
        "kubelet-frequent-restart": "says kubelet", "docker-frequent-restart": "says docker",
        "containerd-frequent-restart": "says containerd", "journal-suppressed": "has the unit where there is one",
    ]

    /// Two disks are two rows: whose trouble has an object names it as the subject.
    @Test func aRuleWhoseLinesNameAnObjectIsAboutIt() throws {
        let finder = try Regex(Self.things)
        var count = 0
        for rule in try Library().set.rules where Self.ofTheNode[rule.id] == nil {
            let regex = try Regex(rule.pattern)
            for sample in rule.matchSamples {
                let line = String(sample.split(separator: "\n").last ?? "")
                var rest = Array(line.utf8)
                var names: [String] = []
                while let range = finder.firstMatch(in: rest.span)?[0] {
                    names.append(String(decoding: rest[range], as: UTF8.self))
                    rest.removeFirst(range.upperBound)
                }
                guard !names.isEmpty, let captures = regex.captures(in: line) else { continue }
                count += 1
                let about = rule.subjectText(captures, line: line)
                #expect(names.contains { about.contains($0) }, "\(rule.id) is about '\(about)': \(line)")
                #expect(!about.contains("?"), "\(rule.id): \(line)")
            }
        }
        #expect(count > 150)
    }

    /// Boots, DHCP, pod networks, packages, ssh guesses, containers that come and go: nothing to find.
    @Test(arguments: [true, false]) func healthyLogsGiveNoFinding(isKernel: Bool) throws {
        let library = try Library()
        let boot = Timestamp(seconds: 1_000_000)
        let trial = RuleTrial(library.set, bootTime: boot, seconds: { 0 })
        let lines = BuiltInRules.healthyLines(isKernel: isKernel)
        #expect(lines.count > 100)
        // Each reaches every rule, whoever wrote it: three of each, a second apart, as after a boot.
        for (index, line) in (lines + lines + lines).enumerated() {
            trial.feed(line.span, time: boot + Double(index) / 2)
        }
        for tally in trial.results where tally.findings > 0 {
            Issue.record("\(tally.rule) finds \(tally.findings): \(tally.examples.first ?? "")")
        }
    }

    /// What is written is read again as it was.
    @Test func everyRuleSurvivesWritingAndReading() throws {
        for rule in try Library().set.rules {
            let file = RuleFile.read(Array(RuleWriter.file([rule]).utf8), name: "again.yaml")
            #expect(file.problems.map(\.description) == [], "\(rule.id)")
            guard let again = file.rules.first else { continue }
            #expect(again.pattern == rule.pattern, "\(rule.id)")
            #expect(again.with == rule.with, "\(rule.id)")
            #expect(again.selector == rule.selector, "\(rule.id)")
            #expect(again.condition == rule.condition, "\(rule.id)")
            #expect(again.threshold == rule.threshold, "\(rule.id)")
            #expect(again.once == rule.once, "\(rule.id)")
            #expect(again.cycle == rule.cycle, "\(rule.id)")
            #expect(again.also == rule.also, "\(rule.id)")
            #expect(again.continues == rule.continues, "\(rule.id)")
            #expect(again.afterBootSeconds == rule.afterBootSeconds, "\(rule.id)")
            #expect(again.target == rule.target, "\(rule.id)")
            #expect(again.why == rule.why, "\(rule.id)")
            #expect(again.remedy == rule.remedy, "\(rule.id)")
            #expect(again.commands == rule.commands, "\(rule.id)")
            #expect(again.variants == rule.variants, "\(rule.id)")
            #expect(again.matchSamples == rule.matchSamples, "\(rule.id)")
            #expect(again.ignoreSamples == rule.ignoreSamples, "\(rule.id)")
            #expect(again.check == rule.check, "\(rule.id)")
            #expect(again.reason == rule.reason, "\(rule.id)")
            #expect(again.severity == rule.severity, "\(rule.id)")
            #expect(again.subject == rule.subject, "\(rule.id)")
            #expect(again.message == rule.message, "\(rule.id)")
        }
    }

    struct Known: Decodable {
        var reason: String
        var log: String
        var kind: String
        var severity: String
        var sample: String?
        var window: String?
    }

    private static let severities: [String: Severity] = [
        "critical": .danger, "high": .warning, "medium": .warning, "low": .info,
    ]
    /// Reasons whose severity the catalogue sets otherwise, with its check.
    private static let catalogueSeverities: [String: String] = [
        "CNINotReady": "CNINotReady is Fatal", "UnitRestartLoop": "UnitRestartLoop is Danger",
        "ConntrackFull": "NodeConntrackNearFull is Danger on this line", "JournalSuppressed": "LogGap is Warning",
        "RAIDDiskFailure": "NodeDiskHardware is Danger", "Ext4Error": "NodeExt4Error is Danger",
        "DiskMediumError": "NodeDiskHardware is Danger", "BlockIOError": "NodeDiskHardware is Danger",
        "BufferIOError": "NodeDiskHardware is Danger", "PCIeErrorFatal": "NodeHardwareError is Danger",
        "RuntimeTaskHung": "NodeDockerHung is Danger", "TaskHung": "also of NodeDockerHung, Danger",
        "OOMKillCgroup": "NodeOOM of a container is Warning",
        "NvidiaRecoveryAction": "asks for a reboot: Danger",
    ]

    @Test(.enabled(if: Conformance.isPresent))
    func everyKnownFailureHasARuleOfItsReason() throws {
        let folder = try #require(Conformance.folder)
        let known = try JSONDecoder().decode(
            [Known].self, from: try Data(contentsOf: folder.appending(path: "node-failures/coverage.json")))
        let rules = try Library().set.rules
        #expect(known.count > 100)
        for failure in known {
            let own = rules.filter { $0.reason == failure.reason || $0.also.contains(failure.reason) }
            #expect(!own.isEmpty, "no rule for \(failure.reason)")
            guard !own.isEmpty else { continue }
            if Self.catalogueSeverities[failure.reason] == nil {
                #expect(
                    own.contains { $0.severity == Self.severities[failure.severity] },
                    "\(failure.reason) is \(failure.severity), its rules are \(own.map(\.severity.rawValue))")
            }
            if failure.kind == "condition" {
                #expect(own.contains { $0.condition != nil }, "\(failure.reason) is a condition, no rule sets one")
            }
            if let window = failure.window, !window.contains("boot"), !window.hasPrefix("1/") {
                let parts = window.split(separator: "/").map(String.init)
                let seconds = try GoDuration.seconds(parts[1])
                #expect(
                    own.contains { $0.threshold?.count == Int(parts[0]) && $0.threshold?.withinSeconds == seconds },
                    "\(failure.reason): \(window)")
            }
        }
    }

    @Test(.enabled(if: Conformance.isPresent))
    func everyKnownLineIsClaimedByItsOwnReason() throws {
        let folder = try #require(Conformance.folder)
        let known = try JSONDecoder().decode(
            [Known].self, from: try Data(contentsOf: folder.appending(path: "node-failures/samples.json")))
        let library = try Library()
        #expect(known.count > 80)
        for failure in known {
            let line = try #require(failure.sample)
            let logs = failure.log.split(separator: ",").map(String.init)
            let claimants = library.claimants(line) { selector in
                selector == .kernel
                    ? logs.contains("kernel")
                    : logs.contains { log in
                        selector.units.contains { Self.is(log, unit: $0) } || selector.identifiers.contains(log)
                    }
            }
            let names = claimants.flatMap { [$0.reason] + $0.also } + library.contexts(line).flatMap { $0.also }
            #expect(names.contains(failure.reason), "\(failure.reason): \(claimants.map(\.id)): \(line)")
        }
    }

    private static func `is`(_ log: String, unit: String) -> Bool {
        let name = unit.replacingOccurrences(of: ".service", with: "")
        switch log {
        case "systemd": return unit == "init.scope"
        case "chronyd": return ["chronyd", "chrony"].contains(name)
        case "dockerd": return name == "docker"
        case "smartd": return ["smartd", "smartmontools"].contains(name)
        default: return name == log
        }
    }
}
