import Testing

@testable import CheckModel
@testable import Checks
@testable import Findings

/// Every id of every list has an entry, and every entry that promises logic has it.
@Suite struct CheckListTests {
    @Test func everyCheckHasAnEntryUnderItsOwnID() {
        let ids = CheckList.all.map(\.id)
        #expect(ids.count > 80)
        #expect(Set(ids).count == ids.count)
        for id in ids { #expect(Catalogue.builtIn[id]?.id == id, "\(id)") }
    }

    @Test func causesOfANodeThatIsNotReadyAreThoseOfTheCatalogue() {
        let causes = CheckList.all.filter { $0 is any NotReadyCause }.map(\.id)
        #expect(Set(causes) == Set(Catalogue.builtIn.notReadyOrder))
        #expect(NotReadyVerdict.causes.map(\.id) == Catalogue.builtIn.notReadyOrder)
        #expect(NotReadyVerdict.causes.last?.id == "KubeletHealthStatus", "the one that always holds")
    }

    @Test func phrasesOfTheCatalogueAreChecks() {
        let phrases = Catalogue.builtIn.entries.filter { $0.phrase != nil }.map(\.id)
        #expect(phrases.count >= 8)
        #expect(CheckList.all.filter { $0 is PodPhraseCheck }.map(\.id) == phrases)
    }

    @Test func reportingIsTheLimitOfTheSilentAgent() {
        #expect(CheckTimes.reportingSeconds == 90)
        #expect(Catalogue.builtIn.limit("AgentSilent", "noSuchName") == .infinity)
    }
}
