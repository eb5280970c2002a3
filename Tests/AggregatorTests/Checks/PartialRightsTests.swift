import TestSupport
import Testing

@testable import CheckModel
@testable import Checks
@testable import Evaluation
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Practice
@testable import YAML

/// Rights for part of a kind are rights for part: what is found without some of them is found with all of them too.
@Suite struct PartialRightsTests {
    /// Who is at the top of a pod is not known without these, and some pods of a row that has many; the row then names
    /// what is below.
    private static let owners: Set<ClusterKind> = [
        .deployments, .replicasets, .statefulsets, .daemonsets, .jobs, .cronjobs, .pods,
    ]

    @Test(arguments: CheckFixtureTests.cases)
    func findNothingThatAllRightsWouldNotGive(_ one: CheckFixtureTests.Case) throws {
        let fixture = try CheckFixture(check: one.check, name: one.name)
        let full = fixture.evaluated()
        let description = try #require(CheckList.description(named: one.check))
        for kind in Set(description.needs + description.alsoReads).sorted() {
            // Where there is none, nothing can be missing.
            guard fixture.holds(kind) || !kind.isList else { continue }
            for rights in PartialRights.each(of: kind, namespaces: fixture.namespaces)
            // Where something is found with all rights, few of them show what else may be; it is a matter of time.
            where one.name.hasPrefix("pass.") || rights.isCoarse {
                let partial = try fixture.evaluated(rights)
                for finding in partial.findings where !Self.isKnown(finding, full, rights) {
                    let detection = finding.detection
                    Issue.record(
                        "\(rights): \(detection.severity) \(detection.check) \(detection.object): \(detection.message)")
                }
            }
        }
    }

    private static func isKnown(_ finding: EvaluatedFinding, _ full: EvaluatedState, _ rights: PartialRights) -> Bool {
        let own = finding.detection, all = full.findings + full.resolved + full.silenced
        return all.contains { known in
            let other = known.detection
            let isSame =
                own.object.kind == other.object.kind && own.object.namespace == other.object.namespace
                && own.object.name == other.object.name
            let isBelow =
                rights.kind.map(owners.contains) ?? false && own.object.namespace == other.object.namespace
                && own.reason == other.reason
            // Which row an event is evidence of hangs on the rows that there are.
            if own.check == "WarningEvent", isSame || finding.events.allSatisfy({ Self.holds(known, $0) }) {
                return true
            }
            // A pod that agents know by its UID is named by the API.
            let isNamed = own.object.name.isEmpty && finding.node == known.node
            return ([other.check] + other.also).contains(own.check) && (isSame || isBelow || isNamed)
                // That a node is leaving makes what is wrong with its pods less bad.
                && (own.severity <= other.severity || rights.kind == .nodes)
        }
    }

    private static func holds(_ finding: EvaluatedFinding, _ event: CheckFinding.APIEvent) -> Bool {
        finding.events.contains { $0.name == event.name }
            || finding.evidence.contains { $0.origin == "\(event.namespace)/\(event.name)" }
    }

    @Test func sayWhatWasNotObserved() throws {
        for check in CheckList.all where !(check is AgentCheck) && !check.needs.isEmpty {
            let name = try #require(CheckFixture.names(of: check.id).first { $0.hasPrefix("pass.") })
            let fixture = try CheckFixture(check: check.id, name: name)
            for kind in check.needs where kind.isList {
                for rights in PartialRights.each(of: kind, namespaces: ["elsewhere"]) {
                    let gaps = try fixture.evaluated(rights).gaps.filter {
                        $0.check == check.id && $0.reason != .noAgent
                    }
                    #expect(!gaps.isEmpty, "\(check.id), \(rights)")
                }
            }
        }
    }

    @Test(arguments: ["IngressBackendMissing", "WebhookBroken", "ServiceNoEndpoints", "DNSUnhealthy"])
    func whatCouldNotBeLookedUpIsNotHealthy(_ check: String) throws {
        for name in CheckFixture.names(of: check) where name.hasPrefix("pass.") {
            let fixture = try CheckFixture(check: check, name: name)
            // A webhook by URL, and what has no Service, needs none.
            guard fixture.holds(.services) else { continue }
            let all = fixture.evaluated().outcomes[check]?.healthy ?? 0
            let less = try fixture.evaluated(.forbidden(.services)).outcomes[check]?.healthy ?? 0
            #expect(less < all, "\(check)/\(name)")
        }
    }

    @Test func checksDeclareWhatChangesWithoutAnOptionalKind() throws {
        for check in CheckList.all {
            let entry = try #require(Catalogue.builtIn[check.id])
            #expect(Set(entry.without.keys) == Set(check.alsoReads.map(\.rawValue)), "\(check.id)")
            #expect(Set(check.needs).isDisjoint(with: check.alsoReads), "\(check.id)")
            for text in entry.without.values {
                #expect(!text.en.isEmpty, "\(check.id)")
                #expect(!text.zh.isEmpty, "\(check.id)")
            }
        }
    }

    /// Best practice that looks at other objects.
    @Test func relatedObjectsThatWereNotReadAreNotMissing() throws {
        var walked = 0
        for check in BuiltInChecks.checks where !check.relatedKinds.isEmpty {
            for name in try WorkloadFixtureTests.names(of: check.alias) {
                let text = try WorkloadFixtureTests.text(of: check.alias, name)
                // What the aggregator does not watch is no part of a cluster.
                let kinds = try YAMLReader.readAll(Array(text.utf8)).compactMap { $0["kind"]?.string }
                guard kinds.allSatisfy({ $0 == "Scenario" || IndexBuilder.kinds[$0] != nil }) else { continue }
                let fixture = try CheckFixture(check: check.id, name: name, text: text)
                let full = Set(Self.failures(fixture.evaluated()))
                for kind in check.relatedKinds.compactMap(\.clusterKind) {
                    for rights in PartialRights.each(of: kind, namespaces: fixture.namespaces) {
                        let partial = try Self.failures(fixture.evaluated(rights))
                        walked += 1
                        for failure in partial where !full.contains(failure) {
                            Issue.record("\(check.alias)/\(name), \(rights): \(failure)")
                        }
                    }
                }
            }
        }
        #expect(walked > 50)
    }

    private static func failures(_ state: EvaluatedState) -> [String] {
        state.practice.rows.flatMap { row in
            row.failures.map {
                "\(row.object.kind)/\(row.object.namespace)/\(row.object.name) \($0.check) \($0.container)"
            }
        }
    }
}
