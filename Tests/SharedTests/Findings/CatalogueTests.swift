import Foundation
import TestSupport
import Testing

@testable import Documents
@testable import Findings
@testable import Platform

/// Walks the catalogue of checks: every entry whole, in both languages, and used.
@Suite struct CatalogueTests {
    private static let catalogue = Catalogue.builtIn
    private static let entries = Catalogue.builtIn.entries

    @Test func theFilesHoldNoMistake() {
        #expect(Self.catalogue.problems.isEmpty, "\(Self.catalogue.problems)")
        #expect(Self.entries.count > 80)
    }

    @Test func namesAreUnique() {
        let names = Self.catalogue.names
        #expect(Set(names).count == names.count)
    }

    @Test(arguments: entries.map(\.id)) func saysEverythingInBothLanguages(_ id: String) throws {
        let entry = try #require(Self.catalogue[id])
        for text in [entry.title, entry.why, entry.when, entry.remedy] + entry.limits.map(\.meaning) {
            #expect(!text.en.isEmpty, "\(id)")
            #expect(
                text.zh.unicodeScalars.contains { $0.value > 0x2E80 } || Self.asDocumented.contains(text.zh),
                "\(text.zh)")
        }
    }

    /// Commands that need no more than where a finding is, so that a report always has one to print.
    private static let certain: Set<CommandTemplate.Name> = [.namespace, .object, .node, .shell, .name]

    @Test(arguments: entries.map(\.id)) func saysWhatToType(_ id: String) throws {
        let entry = try #require(Self.catalogue[id])
        #expect(!entry.commands.isEmpty, "\(id): `commands:` is missing in its entry")
        #expect(entry.commands.contains { $0.names.isSubset(of: Self.certain) }, "\(id)")
        for command in entry.commands {
            #expect(!command.text.contains("|") || !command.names.contains(.shell), "a pipe ends the node's shell")
            #expect(
                command.text.hasPrefix("kubectl ") || command.text.hasPrefix("ke ")
                    || command.text.hasPrefix("{shell} "))
        }
    }

    /// Chinese titles that KubeEye's own documentation has without a Chinese character, and short meanings of pressure.
    private static let asDocumented: Set<String> = ["http2-max-streams-per-connection"]

    @Test func noTextStandsInTwoEntries() {
        var seen: [String: String] = [:]
        for entry in Self.entries {
            #expect(seen.updateValue(entry.id, forKey: entry.title.en) == nil, "title of \(entry.id)")
        }
    }

    /// A title names the trouble; these words begin one that names the healthy state.
    @Test(arguments: entries.map(\.id)) func theTitleNamesTheTrouble(_ id: String) throws {
        let title = try #require(Self.catalogue[id]).title.en
        for word in ["no ", "nobody ", "nothing "] where title.hasPrefix(word) && !title.hasSuffix(" left") {
            Issue.record("\(id): '\(title)' names the healthy state")
        }
    }

    @Test func ranksAreUniqueAndWhoCausesHasOne() {
        let ranked = Self.entries.filter { $0.rank != nil }
        #expect(Set(ranked.compactMap(\.rank)).count == ranked.count)
        for entry in ranked where entry.causes.isEmpty {
            #expect(["service", "agent"].contains(entry.trouble), "\(entry.id) causes nothing")
        }
        for entry in Self.entries where entry.rank == nil { #expect(entry.causes.isEmpty, "\(entry.id) leads nothing") }
    }

    /// What is bad on a node explains what fails there: without a rank nothing would ever fold under it.
    @Test func everyBadStateOfANodeLeads() {
        let apart: Set<String> = ["agent", "hygiene", "certificate"]
        for entry in Self.entries where entry.severity >= .danger && entry.usesAgents && !apart.contains(entry.trouble)
        {
            #expect(entry.rank != nil, "\(entry.id)")
        }
    }

    private static let names = Set(entries.map(\.id) + entries.map(\.trouble))

    @Test(arguments: catalogue.mechanisms.map(\.id)) func everyMechanismLeadsFromAndTo(_ id: String) throws {
        let mechanism = try #require(Self.catalogue.mechanisms.first { $0.id == id })
        #expect(Self.catalogue.mechanisms.count { $0.id == id } == 1)
        #expect(!mechanism.words.en.isEmpty)
        #expect(mechanism.words.zh.unicodeScalars.contains { $0.value > 0x2E80 }, "\(mechanism.words.zh)")
        for effect in mechanism.effects { #expect(Self.names.contains(effect.name), "\(id) leads to \(effect.name)") }
        #expect(Self.entries.contains { $0.causes.contains(id) }, "no check causes by \(id)")
    }

    @Test func entriesNameMechanismsAndChecksThatAreThere() {
        let mechanisms = Set(Self.catalogue.mechanisms.map(\.id)), ids = Set(Self.entries.map(\.id))
        for entry in Self.entries {
            for cause in entry.causes { #expect(mechanisms.contains(cause), "\(entry.id) causes by \(cause)") }
            for fold in entry.folds { #expect(fold.checks.isSubset(of: ids), "\(entry.id) folds \(fold.checks)") }
        }
    }

    /// The search takes an edge only from a smaller rank to a larger one, so that no effect leads its cause; mechanisms
    /// that are looked for last close no circle (`CauseSearch`). An edge against the ranks would never
    /// be taken, so each end that is named has a partner on the right side.
    @Test(arguments: catalogue.mechanisms.filter { !$0.isLast }.map(\.id)) func ranksAllowEveryEdge(
        _ id: String
    ) throws {
        let mechanism = try #require(Self.catalogue.mechanisms.first { $0.id == id })
        let causes = Self.entries.filter { $0.causes.contains(id) }
        for effect in mechanism.effects {
            let ranks = Self.entries.filter { $0.id == effect.name || $0.trouble == effect.name }.map {
                $0.rank ?? .max
            }
            let isReached = causes.contains { cause in ranks.contains { (cause.rank ?? .max) < $0 } }
            #expect(isReached, "no cause of \(id) ranks before \(effect.name)")
        }
        for cause in causes {
            let reaches = Self.entries.contains {
                Self.catalogue.reaches(mechanism, $0) && (cause.rank ?? .max) < ($0.rank ?? .max)
            }
            #expect(reaches, "\(cause.id) ranks after all effects of \(id)")
        }
    }

    @Test func aMechanismsMistakesHaveTheirPlace() {
        let text = """
            apiVersion: ke/v1
            kind: Checks
            mechanisms:
              - { id: a, scope: planet, to: [X], en: a, zh: 甲 }
              - { id: b, scope: node, to: [X], en: a, zh: 甲, says: '(' }
            """
        let read = Catalogue([("m.yaml", Array(text.utf8))])
        #expect(Set(read.problems.map(\.mark.line)) == [4, 5], "\(read.problems)")
    }

    @Test func oneCheckJudgesACondition() {
        let judged = Self.entries.flatMap(\.judges).map(\.type)
        #expect(!judged.isEmpty)
        #expect(Set(judged).count == judged.count)
    }

    @Test func aConditionSaysWhichStatusIsBad() throws {
        let pressure = try #require(JudgedCondition("DiskPressure"))
        #expect(pressure.isBad("True"))
        #expect(!pressure.isBad("Unknown"))
        let ready = try #require(JudgedCondition("KernelReady=False"))
        #expect(ready.type == "KernelReady")
        #expect(!ready.isBad("True"))
        #expect(ready.isBad("Unknown"))
        for text in ["", "=False", "A=Unknown", "A=False=True"] { #expect(JudgedCondition(text) == nil, "\(text)") }
    }

    @Test func checksThatAnEntryNamesHaveEntries() {
        let others = Self.entries.flatMap { entry in entry.also.map { (entry.id, $0) } }
        #expect(!others.isEmpty)
        for (id, other) in others { #expect(Self.catalogue[other]?.id == other, "\(id) names \(other)") }
    }

    /// What a check looks for and what to do about it stand in its entry, not in a program beside it.
    @Test func noTextOfAnEntryStandsInASourceToo() throws {
        var texts: [String: String] = [:]
        for entry in Self.entries {
            for text in [entry.title, entry.why, entry.when, entry.remedy] { texts[text.en] = entry.id }
            if let phrase = entry.phrase { texts[phrase.pattern] = entry.id }
        }
        let files = try Repository.swiftFiles(under: "Sources")
        #expect(!files.isEmpty)
        for file in files {
            for (text, id) in texts where file.text.contains("\"\(text)\"") {
                Issue.record("\(file.path): a text of \(id): \(text)")
            }
        }
    }

    /// A gauge's remedy is its check's entry's, which has both languages. Values that only the gauge knows may stay.
    @Test func noGaugeSpellsARemedy() throws {
        for file in try Repository.swiftFiles(under: "Sources/Agent") {
            for match in file.text.matches(of: /remedy:\s*"([^"\\]*)"/) {
                Issue.record("\(file.path): \(match.1)")
            }
        }
    }

    /// Gauges name their limits in their sources: each is in the catalogue, and each of the catalogue's is named.
    @Test func gaugesAndTheCatalogueNameTheSameLimits() throws {
        var named: Set<String> = []
        for file in try Repository.swiftFiles(under: "Sources/Agent") {
            for match in file.text.matches(of: /\b(?:context\.thresholds|limits)\.([a-z][A-Za-z0-9]+)\b(?!\()/) {
                named.insert(String(match.1))
            }
        }
        #expect(named.subtracting(Self.catalogue.agentLimits.keys).isEmpty, "not in the catalogue")
        #expect(Set(Self.catalogue.agentLimits.keys).subtracting(named).isEmpty, "read by nobody")
    }

    @Test func aLimitHasLimits() throws {
        let percent = try #require(Self.catalogue.limit("diskPercent"))
        #expect(percent.problem(with: 95) == nil)
        #expect(percent.problem(with: 0) != nil)
        #expect(percent.problem(with: 101) != nil)
        #expect(percent.problem(with: .nan) != nil)
        #expect(percent.problem(with: nil) != nil)
        let seconds = try #require(Self.catalogue["AgentSilent"]?.limits.first)
        #expect(seconds.problem(with: 0) == nil)
        #expect(seconds.problem(with: -1) != nil)
    }

    @Test func limitsChangeByNameAlone() {
        let changed = AgentLimits().changed(by: ["zombies": 5, "ofAnotherVersion": 1, "cpuPercent": -1])
        #expect(changed.zombies == 5)
        #expect(changed.cpuPercent == AgentLimits().cpuPercent)
        #expect(changed["ofAnotherVersion"] == nil)
    }

    @Test func mistakesHaveTheirPlace() {
        let text = """
            apiVersion: ke/v1
            kind: Checks
            checks:
              - { id: A, table: nodes, severity: bad, title: { en: a, zh: b } }
            """
        let read = Catalogue([("x.yaml", Array(text.utf8))])
        #expect(read.entries.isEmpty)
        #expect(read.problems.first?.description.contains("rules/checks/x.yaml:4:") == true, "\(read.problems)")
    }
}
