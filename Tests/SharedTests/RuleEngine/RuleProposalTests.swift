import Testing

@testable import Platform
@testable import RuleEngine

/// `rules new`: a proposal that somebody can work with.
@Suite struct RuleProposalTests {
    private func text(_ line: String) throws -> String {
        let draft = try RuleDraft(line: line)
        return RuleWriter.file([draft.rule], comment: draft.notes)
    }

    @Test(arguments: [
        "request 6f1f2a34-9a0b-4c58-9be4-3f3f6f0a8f10 took too long",
        "worker stopped at 2026-11-28T01:02:03.5Z for ever",
        #"{"level":"error","ts":"2026-11-28T01:00:00Z","msg":"cannot do it"}"#,
    ]) func neitherATimeNorAnIDIsASubject(_ line: String) throws {
        #expect(try RuleDraft(line: line).rule.subject == nil)
    }

    @Test func whatIsBrokenIsTheSubject() throws {
        let draft = try RuleDraft(line: "6f1f2a34-9a0b-4c58-9be4-3f3f6f0a8f10: I/O error on /dev/sda1")
        #expect(draft.rule.subject?.source == "{device}")
    }

    /// Whatever somebody writes in place of it, apostrophes and all.
    @Test(arguments: ["the controller's battery: replace it # now", "it says \"no\"", "- a dash"])
    func theTextsToWriteSurviveWhatIsWritten(_ words: String) throws {
        let draft = try text("megaraid: battery failed")
        #expect(draft.split(separator: "TODO").count > 3)
        let written = draft.replacing("TODO: why it matters.", with: words)
        let file = try #require(RuleSet.read([("mine.yaml", Array(written.utf8))]).first)
        #expect(file.problems.filter { $0.level == .error } == [], "\(written)")
        #expect(file.rules.first?.why.en == words)
    }

    @Test func etcdIsToldFromOthersThatWriteJSON() throws {
        func line(_ caller: String) -> String {
            #"{"level":"warn","ts":"2026-11-28T01:00:00Z","caller":"\#(caller)","msg":"slow"}"#
        }
        #expect(try text(line("etcdserver/util.go:170")).contains("etcd.service"))
        let other = try text(line("controller/reconcile.go:9"))
        #expect(!other.contains("etcd.service"))
        #expect(other.contains("does not say which log it comes from"))
    }
}
