import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Checks
@testable import Evaluation
@testable import Findings

/// Walks `Tests/Fixtures/checks/<id>/`: a file's name states what the check must say of it. A new fixture needs no
/// code.
@Suite struct CheckFixtureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var check: String
        var name: String
        var testDescription: String { "\(check)/\(name)" }
    }

    static let cases = CheckFixture.checks.flatMap { check in
        CheckFixture.names(of: check).map { Case(check: check, name: $0) }
    }

    @Test func everyCheckHasFixturesThatPassAndFail() {
        for check in CheckList.all where !(check is AgentCheck) {
            let names = CheckFixture.names(of: check.id)
            #expect(names.contains { $0.hasPrefix("fail.") }, "\(check.id) has no failing fixture")
            #expect(names.contains { $0.hasPrefix("pass.") }, "\(check.id) has no passing fixture")
        }
        #expect(Self.cases.count > 150)
    }

    @Test func everyFolderIsACheck() {
        for name in CheckFixture.checks { #expect(Catalogue.builtIn[name] != nil, "\(name)") }
    }

    @Test(arguments: cases) func says(_ one: Case) throws {
        let fixture = try CheckFixture(check: one.check, name: one.name)
        let state = fixture.evaluated()
        let found = state.findings.filter { $0.detection.check == one.check }
        let gaps = state.gaps.filter { $0.check == one.check && $0.reason != .noAgent }
        let said = found.map {
            "\($0.detection.severity) \($0.detection.object.name) \($0.detection.reason): \($0.detection.message) also \($0.detection.also)"
        }
        switch one.name.prefix(while: { $0 != "." }) {
        case "fail":
            #expect(!found.isEmpty, "nothing found; gaps: \(gaps)")
            for expectation in fixture.expected {
                #expect(found.contains { expectation.matches($0) }, "no \(expectation) among \(said)")
            }
            if !fixture.expected.isEmpty { #expect(found.count == fixture.expected.count, "\(said)") }
        case "pass":
            #expect(found.isEmpty, "\(said)")
            #expect(gaps.isEmpty, "\(gaps)")
            #expect((state.outcomes[one.check]?.healthy ?? 0) > 0, "judged nothing")
        case "unobserved":
            #expect(found.isEmpty, "\(said)")
            #expect(!gaps.isEmpty, "no gap")
            if let reason = fixture.gapReason { #expect(gaps.contains { $0.reason.rawValue == reason }, "\(gaps)") }
        default: Issue.record("\(one.name): a fixture begins with fail, pass or unobserved")
        }
    }

    @Test func patternsCompile() { #expect(EventClaims.shared.isSound) }
}
