import Foundation
import Testing

@testable import Platform
@testable import RuleEngine

@Suite struct SupportTests {
    @Test(arguments: [("5m", 300.0), ("1h2m3.5s", 3723.5), ("300ms", 0.3), ("0", 0), ("-1s", -1), ("1.5h", 5400)])
    func readsGoDurations(_ text: String, _ seconds: Double) throws {
        #expect(try abs(GoDuration.seconds(text) - seconds) < 1e-9)
    }

    @Test(arguments: ["", "5", "1d", "5 minutes", "m", ".", "1h-2m", "s5"])
    func refusesWhatGoRefuses(_ text: String) {
        #expect(throws: GoDuration.Problem.self) { try GoDuration.seconds(text) }
    }

    @Test func redactsSecretsAndNothingElse() throws {
        let redaction = try Redaction()
        let secret = "hunter2hunter2"
        for text in [
            "Authorization: Bearer \(secret)", "password=\(secret) next", "curl https://user:\(secret)@host/x",
            "token: '\(secret)'",
            "eyJhbGciOiJIUzI1NiJ9.\(secret).sig", "-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----",
            "api_key=\(secret)&x=1",
        ] {
            let clean = redaction.redact(text)
            #expect(!clean.contains(secret), "\(text)")
            #expect(clean.contains("[redacted]"), "\(text)")
        }
        let innocent = "Memory cgroup out of memory: Killed process 4321 (keyring) total-vm:13556260kB"
        #expect(redaction.redact(innocent) == innocent)
        #expect(redaction.redact("a password=x b password=y c") == "a password=[redacted] b password=[redacted] c")
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
