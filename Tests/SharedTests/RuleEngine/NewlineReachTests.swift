import Testing

@testable import Regex
@testable import RuleEngine

@Suite struct NewlineReachTests {
    @Test(arguments: [
        "Out of memory", #"task \S+:\d+ blocked"#, "(?i)error (?P<n>[0-9]+)", "[^\\n]*x", "(?m)^a", "[[:alpha:]]+",
        "a|b",
        #"a\.b\[c\]"#, "(?:a|b)c", "[]a]", "[^\\s]x",
    ]) func staysInsideARecord(_ pattern: String) { #expect(NewlineReach.staysInsideRecord(pattern)) }

    @Test(arguments: [
        #"a\sb"#, #"a\nb"#, "^a", "[^a]", #"\W"#, "(?s).", "[\\s]", "a\nb", #"\x0a"#, #"\pL"#, "[[:space:]]", "[a",
        "a\\",
        "[^[:alpha:]]", "(?P<open",
    ]) func isNotPromisedInDoubt(_ pattern: String) { #expect(!NewlineReach.staysInsideRecord(pattern)) }

    /// The promise itself: over two records joined by a line break such a pattern matches exactly when it matches one.
    @Test func whatIsPromisedHoldsForJoinedRecords() throws {
        let pieces = ["a", "b", ".", "[^\\n]", "\\d", "\\S*", "(?:a|b)", "\\b", "x?", "(?P<n>a+)", "[0-9]"]
        let records = ["ab", "a1", "", "b a", "xx", "1.a"]
        var random = SystemRandomNumberGenerator()
        var promised = 0
        for _ in 0..<300 {
            let pattern = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count)]
            }
            .joined()
            guard NewlineReach.staysInsideRecord(pattern) else { continue }
            promised += 1
            let regex = try Regex(pattern)
            for first in records {
                for second in records {
                    let joined = regex.captures(in: first + "\n" + second) != nil
                    let single = regex.captures(in: first) != nil || regex.captures(in: second) != nil
                    #expect(joined == single, "\(pattern) on \(first) and \(second)")
                }
            }
        }
        #expect(promised > 100)
    }
}
