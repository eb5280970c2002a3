import Foundation
import TestSupport
import Testing

@testable import Documents
@testable import Platform
@testable import Regex
@testable import RuleEngine
@testable import Wire

/// `rules check`: what is wrong with a file beyond its syntax.
@Suite struct RuleCheckerTests {
    private static let head = "apiVersion: ke/v1\nkind: LogRules\nsource: { journald: { transport: kernel } }\nrules:\n"

    private func problems(_ rules: String) -> [String] {
        let file = RuleSet.read([("mine.yaml", Array((Self.head + rules).utf8))])
        return RuleChecker(file).problems().map(\.description)
    }

    @Test func aGoodRuleHasNoProblem() {
        let rule = """
              - id: raid-battery
                reason: RaidBattery
                pattern: 'megaraid_sas \\S+: battery (?P<state>\\w+)'
                samples: { match: ['megaraid_sas 0000:02:00.0: battery failed'] }
            """
        #expect(problems(rule) == [])
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var name: String
        var rule: String
        var expected: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Case(
            name: "no samples", rule: "  - { id: a, reason: A, pattern: 'zzz unheard of' }",
            expected: "mine.yaml:5:5: warning: a.samples: is missing"),
        Case(
            name: "matches nothing", rule: "  - { id: a, reason: A, pattern: 'x*', samples: { match: [x] } }",
            expected: "error: a.pattern: matches every line, even an empty one"),
        Case(
            name: "too broad", rule: "  - { id: a, reason: A, pattern: '\\d', samples: { match: ['1'] } }",
            expected: "error: a.pattern: is too broad: it matches"),
        Case(
            name: "healthy line",
            rule:
                "  - { id: a, reason: A, pattern: 'loop\\d+: detected capacity change', samples: { match: ['loop3: detected capacity change'] } }",
            expected: "error: a.pattern: matches a line of healthy logs: 'loop3: detected capacity change"),
        Case(
            name: "healthy line at info",
            rule:
                "  - { id: a, reason: A, severity: info, pattern: 'loop\\d+: detected', samples: { match: ['loop3: detected'] } }",
            expected: "warning: a.pattern: matches a line of healthy logs"),
        Case(
            name: "takes lines of a built-in rule",
            rule:
                "  - { id: a, reason: A, pattern: 'Killed process \\d+ ', samples: { match: ['Killed process 1 '] } }",
            expected: "warning: a.pattern: claims lines of 'oom-kill-container'"),
        Case(
            name: "sample does not match",
            rule: "  - { id: a, reason: A, pattern: 'abc', samples: { match: ['abd'] } }",
            expected: "error: a.samples: must match 'abd', but does not"),
        Case(
            name: "shadowed in its own file",
            rule:
                "  - { id: a, reason: A, pattern: 'qq', samples: { match: ['qq'] } }\n  - { id: b, reason: B, pattern: 'qqq', samples: { match: ['qqq'] } }",
            expected: "but the earlier rule 'a' claims that line"),
        Case(
            name: "duplicate pattern",
            rule:
                "  - { id: a, reason: A, pattern: 'VFS: file-max limit \\d+ reached', continue: true, samples: { match: ['VFS: file-max limit 5 reached'] } }",
            expected: "warning: a.pattern: is also the pattern of 'kernel-file-max'"),
        Case(
            name: "field with a typo", rule: "  - { id: a, reason: A, pattern: 'abc', serverity: info }",
            expected: "did you mean `severity`?"),
    ]) func says(_ mistake: Case) {
        let found = problems(mistake.rule)
        #expect(found.contains { $0.contains(mistake.expected) }, "\(found)")
    }

    @Test func aLineThatItsTestsRefuseIsNotFound() {
        let rule =
            "  - { id: a, reason: A, pattern: 'loop(?P<n>\\d+): detected capacity change', where: ['n > 900'], samples: { match: ['loop901: detected capacity change'] } }"
        let found = problems(rule)
        #expect(!found.contains { $0.contains("healthy logs") }, "\(found)")
    }

    /// Its own patterns exactly: continuing rules take nothing.
    @Test func whatAProposalLeftOpenIsSaid() throws {
        let draft = try RuleDraft(line: "kernel: megaraid_sas 0000:02:00.0: adapter 3 lost heartbeat, resetting")
        let file = RuleFile.read(Array(RuleWriter.file([draft.rule]).utf8), name: "d.yaml")
        let found = RuleChecker([file]).problems()
        #expect(found.map(\.level) == [.warning, .warning])
        #expect(found.map(\.field) == ["\(draft.rule.id).why", "\(draft.rule.id).remedy"])
        #expect(found.allSatisfy { $0.message == "still says TODO; replace it with text for the person on call" })
    }

    @Test func aContinuingRuleTakesNothing() {
        let rule =
            "  - { id: a, reason: A, pattern: 'Killed process \\d+ ', continue: true, samples: { match: ['Killed process 1 '] } }"
        #expect(problems(rule) == [])
    }

    @Test(.enabled(if: Conformance.isPresent)) func nodeProblemDetectorsOwnFilesHaveNoError() throws {
        let folder = try #require(Conformance.folder).appending(path: "npd/config")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".json") {
            let file = RuleSet.read([(name, [UInt8](try Data(contentsOf: folder.appending(path: name))))])
            let errors = RuleChecker(file).problems().filter { $0.level == .error }
            #expect(errors.map(\.description) == [])
        }
    }
}

/// `rules new` and `rules convert`.
@Suite struct RuleDraftTests {
    struct Line: Sendable {
        var text: String
        var selector: SourceSelector
        var matchesToo: String
        var never: String
    }

    @Test(arguments: [
        Line(
            text:
                "Nov 25 12:00:01 node7 kernel: [ 1234.5678] megaraid_sas 0000:02:00.0: adapter 3 lost heartbeat, code 0x1f",
            selector: .kernel, matchesToo: "megaraid_sas 0000:af:00.1: adapter 11 lost heartbeat, code 0xff",
            never: "megaraid_sas 0000:02:00.0: adapter 3 found heartbeat, code 0x1f"),
        Line(
            text: "[  12.345678] foo: disk sdb3 (10.0.0.7:3260) is gone*", selector: .kernel,
            matchesToo: "foo: disk nvme0n1p2 (192.168.3.4:1) is gone*", never: "foo: disk sdb3 (10.0.0.7:3260) is goneX"
        ),
        Line(
            text:
                "2026-05-01T10:00:00+0000 node1 kubelet[2201]: E0501 10:00:00.000000    2201 foo.go:12] \"Volume stuck\" uid=\"87e18f63-83cb-11e7-a01d-42010a8001db\"",
            selector: .units(["kubelet.service"]),
            matchesToo:
                "E0502 11:00:00.000000    1 foo.go:99] \"Volume stuck\" uid=\"00000000-83cb-11e7-a01d-42010a8001db\"",
            never: "\"Volume unstuck\""),
        Line(
            text: "Nov  5 01:02:03 n systemd[1]: my-raid.service: Array 5 is degraded",
            selector: .units(["init.scope"]),
            matchesToo: "my-raid.service: Array 7 is degraded", never: "my-raid.service: Array is degraded"),
        Line(
            text: "Nov  5 01:02:03 n my-agent[77]: took 12.5 seconds",
            selector: .identifiers(["my-agent"], directory: ""),
            matchesToo: "took 0.1 seconds", never: "took long"),
    ]) func proposesARuleThatChecks(_ line: Line) throws {
        let draft = try RuleDraft(line: line.text)
        #expect(draft.rule.selector == line.selector)
        let regex = try Regex(draft.rule.pattern)
        #expect(regex.captures(in: line.matchesToo) != nil, "\(draft.rule.pattern)")
        #expect(regex.captures(in: line.never) == nil, "\(draft.rule.pattern)")
        // As its author fills it in.
        let text = RuleWriter.file([draft.rule]).replacing("TODO", with: "Because")
        #expect(RuleChecker(RuleSet.read([("new.yaml", Array(text.utf8))])).problems().map(\.description) == [])
    }

    @Test func saysWhichRuleFindsTheLineAlready() throws {
        let draft = try RuleDraft(line: "[1.5] Out of memory: Killed process 9 (java) total-vm:1kB, anon-rss:2kB")
        #expect(draft.notes.first?.contains("'oom-kill-node' already finds this line") == true)
    }

    @Test func refusesWhatIsNoLine() {
        #expect(throws: RuleDraft.Problem.self) { try RuleDraft(line: "   ") }
        #expect(throws: RuleDraft.Problem.self) { try RuleDraft(line: String(repeating: "x", count: 5000)) }
    }

    /// Random texts: whatever is proposed matches its own line and can be read again.
    @Test func everyProposalMatchesItsOwnLine() throws {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("abc 0123456789.:-_/[](){}*+?^$|\\\"'xX#%=,é中")
        for _ in 0..<500 {
            let text =
                "a"
                + String(
                    (0..<Int.random(in: 1...80, using: &random)).map { _ in
                        alphabet.randomElement(using: &random) ?? "a"
                    })
            guard let draft = try? RuleDraft(line: text) else { continue }
            let file = RuleFile.read(Array(RuleWriter.file([draft.rule]).utf8), name: "n.yaml")
            #expect(file.problems.map(\.description) == [], "\(text)")
            let sample = try #require(draft.rule.matchSamples.first)
            #expect(try Regex(draft.rule.pattern).captures(in: sample) != nil, "\(text): \(draft.rule.pattern)")
        }
    }

    /// A converted file reads without a mistake and claims the same single records as the original.
    @Test(.enabled(if: Conformance.isPresent)) func convertedFilesFindTheSame() throws {
        let folder = try #require(Conformance.folder).appending(path: "npd/config")
        var count = 0
        let lines = BuiltInRules.files.flatMap(\.rules).flatMap(\.matchSamples).filter { !$0.contains("\n") }
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".json") {
            let old = RuleFile.read([UInt8](try Data(contentsOf: folder.appending(path: name))), name: name)
            guard old.notALogMonitor == nil, !old.rules.isEmpty else { continue }
            let (rules, _) = RuleConverter.convert(old)
            let new = RuleFile.read(Array(RuleWriter.file(rules).utf8), name: "new.yaml")
            #expect(new.errors.map(\.description) == [], "\(name)")
            #expect(new.rules.map(\.reason) == old.rules.map(\.reason))
            for line in lines {
                for (a, b) in zip(old.rules, new.rules) {
                    let before = try Regex("(?:\(a.pattern))\\z").captures(in: line) != nil
                    #expect((try Regex(b.pattern).captures(in: line) != nil) == before, "\(name) \(a.id): \(line)")
                }
            }
            count += 1
        }
        #expect(count >= 8)
    }
}

/// `rules test`: counts, as an agent's own pipeline would.
@Suite struct RuleTrialTests {
    private static func set(_ rules: String) -> RuleSet {
        RuleSet(
            users: RuleSet.read([
                (
                    "t.yaml",
                    Array(("apiVersion: ke/v1\nkind: LogRules\nsource: { kmsg: {} }\nrules:\n" + rules).utf8)
                )
            ]), builtIn: [])
    }

    @Test func countsLinesAndFindings() {
        let set = Self.set(
            """
              - { id: plain, reason: P, pattern: 'plain' }
              - { id: thrice, reason: T, pattern: 'thrice', threshold: { count: 3, within: 10s } }
              - { id: lasting, reason: L, pattern: 'lasting', condition: { type: L } }
              - { id: boot, reason: B, pattern: 'boot', afterBoot: 1m }
            """)
        let start = Timestamp(seconds: 1000)
        let trial = RuleTrial(set, bootTime: start, seconds: { 0 })
        let lines = ["plain", "thrice", "x", "thrice", "plain", "thrice", "lasting", "boot", "plain", "plain"]
        for (index, line) in lines.enumerated() { trial.feed(Array(line.utf8).span, time: start + Double(index)) }
        trial.feed(Array("boot".utf8).span, time: start + 61)
        let found = Dictionary(uniqueKeysWithValues: trial.results.map { ($0.rule, $0) })
        #expect(trial.lines == 11)
        #expect(found["plain"]?.matches == 4)
        #expect(found["plain"]?.findings == 4)
        #expect(found["plain"]?.examples.count == 3)
        #expect(found["thrice"]?.matches == 3)
        #expect(found["thrice"]?.findings == 3)
        #expect(found["lasting"]?.findings == 1)
        #expect(found["boot"]?.matches == 1)
        #expect(found["plain"]?.first == start)
        #expect(found["plain"]?.last == start + 9)
    }

    @Test func explainsALine() {
        let text = RuleTrial.explain(
            "INFO: task docker:20744 blocked for more than 120 seconds.", in: RuleSet(users: [])
        ) { $0 == .kernel }.joined(separator: "\n")
        #expect(text.contains("runtime-hung  (built-in/kernel.yaml:"))
        #expect(text.contains("captured {pid}: 20744"))
        #expect(text.contains("finding: Danger NodeDockerHung [docker]  reason DockerHung"))
        #expect(text.contains("sets condition KernelDeadlock until 10m without another line"))
        #expect(text.contains("task-hung"))
        #expect(text.contains("an earlier rule has claimed the line: no finding"))
        let none = RuleTrial.explain("nothing special", in: RuleSet(users: [])) { _ in true }
        #expect(none.last == "No rule matches.")
    }

    /// What is exponential elsewhere, what is huge, what is deep: bounded time, a clear message, and the rest goes on.
    @Test func hostileRulesAreBounded() throws {
        let clock = ContinuousClock()
        let many = (0..<2000).map { "  - { id: r\($0), reason: R, pattern: 'word\($0) (?P<all>.*)' }" }.joined(
            separator: "\n")
        let exponential =
            "  - { id: evil, reason: E, pattern: '(a+)+$' }\n  - { id: worse, reason: W, pattern: '(x|x)*y(.*.*.*)z' }"
        let start = clock.now
        let big = Self.set(many)
        #expect(big.rules.count == 2000)
        #expect(big.groups.count == 1)
        let trial = RuleTrial(big, seconds: { 0 })
        for index in 0..<200 {
            trial.feed(Array("word\(index) tail of the line".utf8).span, time: Timestamp(seconds: Double(index)))
        }
        #expect(trial.results.count == 200)
        let evil = RuleTrial(Self.set(exponential), seconds: { 0 })
        let long = Array((String(repeating: "a", count: 60_000) + "!").utf8)
        for _ in 0..<20 { evil.feed(long.span, time: Timestamp(seconds: 1)) }
        #expect(clock.now - start < .seconds(20))
        let over = Self.set(many + "\n  - { id: r2000, reason: R, pattern: 'one too many' }")
        #expect(over.rules.count == 2000)
        #expect(over.problems.contains { $0.message.contains("more than 2000 rules in all") })
        let pattern = String(repeating: "(abc|def)?", count: 1024)
        let wide = Self.set("  - { id: wide, reason: W, pattern: '\(pattern)q' }")
        #expect(wide.rules.count == 1 || wide.problems.contains { $0.level == .error })
        let repeated = Self.set("  - { id: rep, reason: R, pattern: '((a{100}){100}){100}' }")
        #expect(repeated.rules.isEmpty)
        #expect(repeated.problems.first?.field.contains("pattern") == true)
        let deep = Self.set("  - " + String(repeating: "[", count: 10_000))
        #expect(deep.rules.isEmpty)
        #expect(deep.problems.contains { $0.level == .error })
        let bomb = Self.set("  - &a [x,x,x,x]\n  - &b [*a,*a,*a,*a]\n  - &c [*b,*b,*b,*b]\n")
        #expect(bomb.problems.contains { $0.level == .error })
        let manySources = (0..<100).map {
            "---\napiVersion: ke/v1\nkind: LogRules\nsource: { journald: { identifiers: [i\($0)] } }\nrules: [ { id: s\($0), reason: S, pattern: x\($0) } ]"
        }.joined(separator: "\n")
        let sources = RuleSet(users: RuleSet.read([("s.yaml", Array(manySources.utf8))]), builtIn: [])
        #expect(sources.groups.count == RuleSet.selectorsMax)
        #expect(sources.problems.contains { $0.message.contains("more than 60 different sources") })
        let captured = RuleTrial(
            Self.set("  - { id: whole, reason: W, pattern: '(?P<all>.*)x', message: '{all}' }"), seconds: { 0 })
        captured.feed(long.span, time: Timestamp(seconds: 1))
        captured.feed(Array((String(repeating: "b", count: 60_000) + "x").utf8).span, time: Timestamp(seconds: 2))
        #expect((captured.results.first?.examples.first?.utf8.count ?? 0) <= 300)
    }
}

extension RuleCheckerTests {
    /// One problem says it, not one for each rule whose lines it takes.
    @Test(arguments: [".*", ".", "a|e|i|o"]) func whatMatchesEverythingIsSaidOnce(_ pattern: String) {
        let found = problems("  - { id: a, reason: A, pattern: '\(pattern)', samples: { match: ['area'] } }")
        #expect(found.count <= 2, "\(found)")
        #expect(found.contains { $0.contains("matches every line") || $0.contains("is too broad") })
    }

    @Test func whatTakesManyRulesLinesIsSaidOnce() {
        let found = problems(
            "  - { id: a, reason: A, pattern: 'Killed process \\d+ |EXT4-fs error', samples: { match: ['Killed process 1 '] } }"
        )
        #expect(found.filter { $0.contains("claims lines of") }.count == 1, "\(found)")
        #expect(found.contains { $0.contains("other rule") })
    }

    @Test func problemsStandInTheOrderOfTheFile() {
        let found = problems(
            """
              - id: a
                reason: My Disk Lost
                severity: warn
                pattern: 'zzz(?P<time>.)'
                subject: '{time}'
              - id: b
                severity: critical
                pattern: 'x('
            """)
        let lines = found.compactMap { $0.split(separator: ":").dropFirst().first.flatMap { Int($0) } }
        #expect(lines == lines.sorted())
        #expect(found.contains { $0.contains("'My Disk Lost' is not a valid reason") && $0.contains("MyDiskLost") })
        #expect(found.contains { $0.contains("did you mean `warning`?") })
        #expect(found.contains { $0.contains("did you mean `fatal`?") })
    }

    @Test func aTimeIsNoSubject() {
        let found = problems(
            "  - { id: a, reason: A, pattern: 'zzz (?P<time>\\S+)', subject: '{time}', samples: { match: ['zzz 1'] } }")
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains("differs from line to line") ?? false)
    }
}
