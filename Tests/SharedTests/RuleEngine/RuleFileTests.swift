import Foundation
import Platform
import TestSupport
import Testing

@testable import Documents
@testable import RuleEngine
@testable import YAML

@Suite struct RuleFileTests {
    private func read(_ text: String, name: String = "r.yaml") -> RuleFile {
        RuleFile.read(Array(text.utf8), name: name)
    }

    /// Twelve kinds of mistakes: each with its place and what would be right; the good rules stay in force.
    @Test func twelveMistakesGiveTwelveMessagesAndTheGoodRulesStay() {
        let text = """
            apiVersion: ke/v1
            kind: LogRules
            source: { journald: { transport: kernel } }
            rules:
              - id: good-first
                reason: Good
                pattern: 'good (?P<n>\\d+)'
                message: 'number {n}'
              - { id: unknown-field, reason: R, pattern: a, serverity: warning }
              - { reason: R, pattern: a }
              - { id: no-pattern, reason: R }
              - { id: bad-regex, reason: R, pattern: 'a(b' }
              - { id: look-around, reason: R, pattern: '(?=a)b' }
              - { id: bad-severity, reason: R, pattern: a, severity: warnin }
              - { id: bad-duration, reason: R, pattern: a, within: 5 minutes }
              - { id: bad-threshold, reason: R, pattern: a, threshold: { count: 0, within: 1m } }
              - { id: bad-capture, reason: R, pattern: 'a(?P<x>b)', message: 'seen {y}' }
              - { id: good-first, reason: R, pattern: a }
              - { id: bad-type, reason: R, pattern: [a] }
              - { id: bad-template, reason: R, pattern: a, message: 'open {brace' }
              - id: good-last
                reason: Good
                pattern: fine
            """
        let file = read(text)
        let wanted: [(line: Int, text: String)] = [
            (9, "unknown field; did you mean `severity`?"), (10, "is missing; for example `id: oom-kill-container`"),
            (11, "is missing; for example `pattern:"), (12, "not a valid RE2 expression: missing )"),
            (13, "RE2 has no look-around"), (14, "did you mean `warning`?"),
            (15, "is not a valid unit; use ms, s, m or h"),
            (16, "a whole number from 1 to 1000"), (17, "{y} is not captured; captured are x"), (18, "ids are unique"),
            (19, "text is expected, this is a list"), (20, "write '{{' for a brace"),
        ]
        #expect(file.errors.count == 12, "\(file.errors.map(\.description).joined(separator: "\n"))")
        for (line, text) in wanted {
            let found = file.errors.filter { $0.mark.line == line }
            #expect(found.count == 1, "line \(line)")
            #expect(found.first?.message.contains(text) == true, "line \(line): \(found.first?.message ?? "-")")
            #expect(found.first?.description.hasPrefix("r.yaml:\(line):") == true)
        }
        #expect(file.rules.map(\.id) == ["good-first", "good-last"])
    }

    @Test func saysWhereYAMLIsBroken() {
        let file = read("apiVersion: ke/v1\nkind: LogRules\nrules: [\n  { id: a\n")
        #expect(file.rules.isEmpty)
        #expect(file.errors.count == 1)
        #expect((file.errors.first?.mark.line ?? 0) >= 4)
    }

    @Test(arguments: [
        "", "apiVersion: ke/v2\nkind: LogRules\n", "apiVersion: ke/v1\nkind: Rules\n", "[1, 2]",
        "apiVersion: ke/v1\nkind: LogRules\nsource: { journal: {} }\nrules: []",
    ])
    func refusesWhatIsNoRuleFile(_ text: String) {
        #expect(!read(text).errors.isEmpty)
    }

    @Test func refusesFilesOverTheLimit() {
        let file = read(String(repeating: "#", count: RuleFile.bytesMax + 1))
        #expect(file.errors.first?.message.contains("at most 1048576") == true)
    }

    @Test func shippedRulesHaveNoMistakeAndPassTheirSamples() throws {
        let folder = Repository.root.appending(path: "rules/logs")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".yaml") && $0 != "hosts.yaml"
        }
        #expect(names.count >= 8)
        let texts = try names.map { ($0, [UInt8](try Data(contentsOf: folder.appending(path: $0)))) }
        let set = RuleSet(texts: texts.map { (name: $0.0, bytes: $0.1) })
        #expect(set.problems.isEmpty, "\(set.problems)")
        #expect(set.files.flatMap(RuleSamples.check).isEmpty)
        for rule in set.rules {
            #expect(!rule.matchSamples.isEmpty, "\(rule.id) has samples of both kinds")
            #expect(!rule.ignoreSamples.isEmpty, "\(rule.id) has samples of both kinds")
            #expect(!rule.remedy.en.isEmpty || rule.check == "LogGap", "\(rule.id) has a remedy")
        }
    }

    /// Every kernel, runtime and kubelet row of the seed has a rule.
    @Test func shippedRulesCoverTheSeedsLogRows() throws {
        let folder = Repository.root.appending(path: "rules/logs")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
            $0.hasSuffix(".yaml") && $0 != "hosts.yaml"
        }
        let checks = try Set(
            names.flatMap {
                RuleFile.read([UInt8](try Data(contentsOf: folder.appending(path: $0))), name: $0).rules.map(\.check)
            })
        for check in [
            "NodeCorruptOverlay2", "NodeKernelNULLPointer", "NodeDeadlock", "NodeOOM", "NodeExt4Error", "NodeTaskHung",
            "NodeUnregisterNetDevice",
            "NodeCorruptDockerImage", "NodeAUFSUmountHung", "NodeDockerHung",
            "NodeNotReadyAndUseOfClosedNetworkConnection", "NodeNotReady",
        ] { #expect(checks.contains(check), "\(check)") }
    }

    @Test func samplesThatDoNotHoldAreMistakes() {
        let file = read(
            """
            apiVersion: ke/v1
            kind: LogRules
            source: { journald: { transport: kernel } }
            rules:
              - { id: a, reason: R, pattern: abc, samples: { match: [xyz], ignore: [zabcz] } }
              - { id: b, reason: R, pattern: ab, samples: { match: [abc] } }
            """)
        let problems = RuleSamples.check(file).map(\.message)
        #expect(problems.count == 3)
        #expect(problems.contains { $0.contains("must match 'xyz', but does not") })
        #expect(problems.contains { $0.contains("must not match 'zabcz'") })
        #expect(problems.contains { $0.contains("the earlier rule 'a' claims that line") })
    }

    @Test func hostProfilesHaveNoMistake() throws {
        let text = [UInt8](try Data(contentsOf: Repository.root.appending(path: "rules/hosts.yaml")))
        let (profiles, problems) = HostProfile.read(text, name: "hosts.yaml")
        #expect(problems.isEmpty)
        #expect(profiles.count >= 10)
        let joined = HostProfile.joined(profiles) { $0 == "/etc/kubernetes/kubelet.conf" || $0 == "/run/docker.sock" }
        #expect(joined.id == "kubeadm+docker")
        #expect(joined.dockerSockets == ["/run/docker.sock"])
        #expect(HostProfile.joined(profiles) { _ in false }.id.isEmpty)
        let rke2 = HostProfile.joined(profiles) { $0 == "/etc/rancher/rke2" }
        #expect(rke2.logs.map(\.unit) == ["containerd.service", "kubelet.service"])
        #expect(rke2.roots == ["/var/lib/rancher/rke2", "/var/lib/kubelet"])
    }
}
