import Findings
import LogSources
import Platform
import Testing

@testable import LogReading

/// What the checkpoint says. (Cuts and their acknowledgement: `DeliveryTests`.)
@Suite struct SourceLedgerTests {
    private func occurrence(_ subject: String) -> Occurrence {
        let time = Timestamp(seconds: 1_700_000_000)
        let detection = Detection(
            check: "C", rule: "r", reason: "R", severity: .info, object: .node("n"), subject: subject, message: "m")
        return Occurrence(detection, time: time, evidence: [])
    }

    /// A start from the checkpoint begins at `resume`: one that is further on than what is committed would leave out
    /// all that lies between, for the aggregator sees nothing wrong with the positions.
    @Test func whatIsResumedFromBelongsToWhatIsCommitted() {
        let ledger = SourceLedger(source: "s") {}
        ledger.add([occurrence("a")], position: "1", resume: "1")
        _ = ledger.nextCut(always: false)
        // The source reads on while the cut is on its way.
        ledger.add([occurrence("b")], position: "9", resume: "8")
        ledger.acknowledge()
        #expect(ledger.committed.committed == "1")
        #expect(ledger.committed.resume == "1")
    }

    /// What lies between the committed position and the newest record is in no batch yet, or in one on its way.
    @Test func aRewindBeginsAtWhatTheCommittedPositionNeeds() {
        let ledger = SourceLedger(source: "s") {}
        ledger.align(committed: "5", resume: "4", firstStart: .since(Timestamp(seconds: 1)))
        _ = ledger.restarted()
        ledger.add([occurrence("a")], position: "7", resume: "6")
        #expect(ledger.rewind(firstStart: .since(Timestamp(seconds: 1))) == .at("4"))
        #expect(ledger.restarted().replayUntil == "5")
        #expect(ledger.nextCut(always: true) == nil, "what was found is found again")
    }

    /// Its findings are sent with it; found once more they would count twice.
    @Test func whatACutHoldsOnlyRebuildsState() {
        let ledger = SourceLedger(source: "s") {}
        ledger.align(committed: "5", resume: nil, firstStart: .since(Timestamp(seconds: 1)))
        _ = ledger.restarted()
        ledger.add([occurrence("a")], position: "7", resume: "6")
        let cut = ledger.nextCut(always: false)
        #expect(ledger.rewind(firstStart: .since(Timestamp(seconds: 1))) == .after("5"))
        #expect(ledger.restarted().replayUntil == "7")
        #expect(ledger.nextCut(always: false) == cut)
        ledger.acknowledge()
        #expect(ledger.committed.committed == "7")
        #expect(ledger.committed.resume == "6")
    }
}
