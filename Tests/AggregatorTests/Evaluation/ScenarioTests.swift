import Foundation
import TestSupport
import Testing

@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Report
@testable import YAML

/// Walks `Tests/Fixtures/scenarios`: what nodes and the API show, and the incidents that follow. A file's name says
/// what must come of it: `one` row, `joined` into one incident, `apart` in as many as are listed, `over` and none.
@Suite struct ScenarioTests {
    struct Scenario: CustomTestStringConvertible {
        struct Incident {
            var lead: String
            var object: String
            var members: [String]?
            var severity: String?
            var count: Int?
            var mechanisms: [String]
            var ruledOut: [String]
        }

        var name: String
        var fixture: CheckFixture
        var incidents: [Incident]
        var rows: Int?
        var over: Int?
        var testDescription: String { name }

        var word: Substring { name.prefix { $0 != "." } }

        init(name: String) throws {
            self.name = name
            let url = ScenarioTests.folder.appending(path: name + ".yaml")
            let text = try String(contentsOf: url, encoding: .utf8)
            fixture = try CheckFixture(check: "", name: name, text: text)
            let documents = try YAMLReader.readAll(Array(text.utf8))
            let node = try #require(documents.first { $0["kind"]?.string == "Scenario" })
            func texts(_ node: Node?) -> [String] { node?.items?.compactMap(\.string) ?? [] }
            incidents = try (#require(node["incidents"]?.items, "\(name) states no incidents")).map { one in
                Incident(
                    lead: try #require(one["lead"]?.string), object: try #require(one["object"]?.string),
                    members: one["members"] == nil ? nil : texts(one["members"]), severity: one["severity"]?.string,
                    count: one["count"]?.number.map { Int($0) }, mechanisms: texts(one["proof"]),
                    ruledOut: texts(one["ruledOut"]))
            }
            rows = node["rows"]?.number.map { Int($0) }
            over = node["over"]?.number.map { Int($0) }
        }
    }

    static let folder = Repository.root.appending(path: "Tests/Fixtures/scenarios")
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

    @Test func aThirdAndMoreOfThemAreNegative() {
        #expect(Self.names.count >= 60)
        let negative = Self.names.filter { $0.hasPrefix("apart.") || $0.hasPrefix("over.") }
        #expect(negative.count * 3 >= Self.names.count)
    }

    @Test(arguments: names) func becomes(_ name: String) throws {
        let scenario = try Scenario(name: name)
        let state = scenario.fixture.evaluated()
        let shown = state.findings.filter { $0.severity > .info }
        let groups = state.incidents(of: shown, hasProof: true)
        let said = groups.map { group in
            "\(group.severity) \(group.object) \(group.lead.check) \(group.findings.map(Self.word)) \(group.proof)"
        }
        switch scenario.word {
        case "one":
            #expect(shown.count == 1, "\(shown.map { "\(Self.word($0)) \($0.object.name) \($0.detection.subject)" })")
            #expect(scenario.incidents.count == 1)
        case "joined": #expect(scenario.incidents.count == 1)
        case "apart": #expect(scenario.incidents.count > 1)
        case "over": #expect(scenario.incidents.isEmpty)
        default: Issue.record("\(name): a scenario begins with one, joined, apart or over")
        }
        #expect(groups.count == scenario.incidents.count, "\(said)")
        if let rows = scenario.rows { #expect(shown.count == rows, "\(shown.map(Self.word))") }
        if let over = scenario.over {
            #expect(state.resolved.count == over, "\(state.resolved.map(Self.word)); stays: \(said)")
            #expect(state.resolved.allSatisfy { $0.resolvedAt != nil })
        }
        for wanted in scenario.incidents {
            let found = groups.filter { $0.lead.check == wanted.lead && $0.object == wanted.object }
            guard let group = found.first(where: { Self.matches($0, wanted) }) else {
                Issue.record("no \(wanted) among \(said)")
                continue
            }
            if let severity = wanted.severity { #expect(group.severity.rawValue == severity, "\(said)") }
            if let count = wanted.count { #expect(group.lead.count == count, "\(said)") }
            let mechanisms = Set(group.proof.links.map(\.mechanism))
            #expect(mechanisms.isSuperset(of: wanted.mechanisms), "\(mechanisms)")
            #expect(group.proof.links.count == group.findings.count - Self.leads(group), "a link for each effect")
            let refusals = group.proof.refused.map(\.refusal.code)
            for reason in wanted.ruledOut { #expect(refusals.contains(reason), "\(refusals)") }
        }
    }

    private static func matches(_ group: IncidentGrouping.Group, _ wanted: Scenario.Incident) -> Bool {
        guard let members = wanted.members else { return true }
        return group.findings.map(word).sorted() == members.sorted()
    }

    /// Several places with the same trouble have a lead each.
    private static func leads(_ group: IncidentGrouping.Group) -> Int {
        let effects = Set(group.proof.links.map(\.effect.finding))
        return group.findings.count { !effects.contains($0.id) }
    }

    private static func word(_ finding: EvaluatedFinding) -> String {
        finding.check == "WarningEvent" ? "WarningEvent/\(finding.detection.reason)" : finding.check
    }

    /// Whatever the order of the inputs.
    @Test(arguments: names.filter { $0.hasPrefix("joined.") }.prefix(12)) func doesNotDependOnOrder(_ name: String)
        throws
    {
        let text = try String(contentsOf: Self.folder.appending(path: name + ".yaml"), encoding: .utf8)
        let parts = text.components(separatedBy: "\n---\n")
        var random = SeededRandom(seed: 5)
        var outputs: Set<String> = []
        for _ in 0..<4 {
            let shuffled = [parts[0]] + parts.dropFirst().shuffled(using: &random)
            let fixture = try CheckFixture(check: "", name: name, text: shuffled.joined(separator: "\n---\n"))
            let report = ReportBuilder(state: fixture.evaluated(), options: ReportOptions()).build()
            outputs.insert(try ReportFormats.all.map { try $0.render(report, ReportLayout()) }.joined())
        }
        #expect(outputs.count == 1)
    }
}
