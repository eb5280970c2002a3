import Foundation
import Testing

@testable import Platform

@Suite struct SupportTests {
    @Test(arguments: [("5m", 300.0), ("1h2m3.5s", 3723.5), ("300ms", 0.3), ("0", 0), ("-1s", -1), ("1.5h", 5400)])
    func readsGoDurations(_ text: String, _ seconds: Double) throws {
        #expect(try abs(GoDuration.seconds(text) - seconds) < 1e-9)
    }

    @Test(arguments: ["", "5", "1d", "5 minutes", "m", ".", "1h-2m", "s5"])
    func refusesWhatGoRefuses(_ text: String) {
        #expect(throws: GoDuration.Problem.self) { try GoDuration.seconds(text, allowsDays: false) }
    }

    @Test(arguments: [("3d", 259_200.0), ("1d12h", 129_600), ("0.5d", 43_200)])
    func readsDaysThatPeopleWrite(_ text: String, _ seconds: Double) throws {
        #expect(try GoDuration.seconds(text) == seconds)
    }

    @Test func cutsOnCharacterBoundaries() {
        #expect(TextSafety.cut("äöü", bytesMax: 100) == "äöü")
        let cut = TextSafety.cut(String(repeating: "ä", count: 100), bytesMax: 50)
        #expect(cut.utf8.count <= 50)
        #expect(cut.hasSuffix("…"))
    }

    @Test func stripsWhatATerminalWouldObey() {
        #expect(TextSafety.printable("a\u{1B}[31mb\nc\u{202E}d\u{0}") == "a [31mb c d ")
    }

    @Test func backsOffWithFullJitterUpToTheCap() {
        var high = Backoff(random: { 0.999999 })
        let delays = (0..<10).map { _ in high.nextDelaySeconds() }
        #expect(delays[0] <= 0.5)
        #expect(delays[1] <= 1)
        #expect(delays[9] <= 60)
        #expect(delays[9] > 59)
        var low = Backoff(random: { 0 })
        #expect(low.nextDelaySeconds() == 0)
        #expect(low.nextDelaySeconds(retryAfter: 7) == 7)
        #expect(low.nextDelaySeconds(retryAfter: 1e9) == Backoff.retryAfterSecondsMax)
    }

    @Test func suggestsNearWordsOnly() {
        #expect(Suggestion.nearest(to: "serverity", among: ["severity", "reason"]) == "severity")
        #expect(Suggestion.nearest(to: "banana", among: ["severity", "reason"]) == nil)
    }

    @Test func writesAtomically() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ke-atomic-\(UUID().uuidString)").path
        try Files.createFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Files.writeAtomically(Array("one".utf8), to: folder + "/f")
        try Files.writeAtomically(Array("two".utf8), to: folder + "/f")
        #expect(try Files.text(folder + "/f") == "two")
        #expect(try Files.names(in: folder) == ["f"])
        let error = #expect(throws: SystemError.self) { try Files.text(folder + "/missing") }
        #expect(error?.isMissing == true)
    }
}
