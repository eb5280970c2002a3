import Foundation
import TestSupport
import Testing

@testable import AgentRules
@testable import Host
@testable import Platform
@testable import RuleEngine
@testable import Wire

/// `rules test --journal`: what a journal gives is what its text gives.
@Suite(.enabled(if: Machine.makesJournals)) struct TrialScanTests {
    private let set = RuleSet(users: [])

    private func scan(_ path: String) throws -> RuleTrial {
        let trial = RuleTrial(set, seconds: { 0 })
        var configuration = AgentConfiguration()
        configuration.journalDir = path
        configuration.kernelLog = .journal
        let scan = TrialScan(configuration: configuration, host: HostRoot(), clock: SystemClock())
        let ago = Timestamp.now().seconds(since: LoggedLine.time) + 86_400
        #expect(try scan.run(trial, sinceSeconds: abs(ago) + 86_400 * 400, mayGoOn: { true }) == [])
        return trial
    }

    @Test(arguments: LoggedLine.all.map(\.identifier)) func aJournalAndItsTextAgree(_ name: String) throws {
        let line = try #require(LoggedLine.all.first { $0.identifier == name })
        let folder = try TemporaryFolder()
        var fields = Dictionary(line.fields) { first, _ in first }
        for own in ["__REALTIME_TIMESTAMP", "_BOOT_ID", "MESSAGE"] { fields[own] = nil }
        try JournalMaker.write(
            [.init(line.message, fields: fields, time: LoggedLine.time.microseconds)],
            to: folder.path + "/system.journal")
        let fromJournal = try scan(folder.path)
        // One line, whatever this machine's own logs hold.
        #expect(fromJournal.lines == 1)
        #expect(fromJournal.results.map(\.rule) == [line.rule])
        for form in line.forms {
            let trial = RuleTrial(set, seconds: { 0 })
            var text = try TextTrial(trial, from: nil, now: LoggedLine.time + 60)
            for part in form.text.split(separator: "\n", omittingEmptySubsequences: false) {
                text.feed(Array(part.utf8))
            }
            text.finish()
            #expect(trial.results.map(\.rule) == fromJournal.results.map(\.rule), "\(form.name)")
            #expect(trial.results.map(\.findings) == fromJournal.results.map(\.findings), "\(form.name)")
        }
    }
}
