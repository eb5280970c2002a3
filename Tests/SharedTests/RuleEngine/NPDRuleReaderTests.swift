import Testing

@testable import Documents
@testable import Platform
@testable import RuleEngine

/// What node-problem-detector's own code refuses or understands, and what people trip over in its files.
@Suite struct NPDRuleReaderTests {
    private func monitor(
        _ rules: String = #"{"type": "temporary", "reason": "R", "pattern": "x.*"}"#, _ more: String = ""
    )
        -> String
    {
        "{\"plugin\": \"kmsg\", \"source\": \"s\", \"conditions\": [{\"type\": \"A\", \"reason\": \"AOK\", \"message\": \"ok\"}], \"rules\": [\(rules)]\(more)}"
    }

    private func read(_ text: String, _ name: String = "c.json") -> RuleFile {
        RuleFile.read(Array(text.utf8), name: name)
    }

    @Test(arguments: [
        #""conditions": [{"type": "A", "transition": "2020-01-01T00:00:00Z", "status": "False"}]"#,
        #""conditions": [{"type": "A", "transition": "2020-01-01T00:00:00.5+02:00"}]"#,
        #""conditions": [{"type": "A", "transition": null}]"#,
    ]) func acceptsWhatTheOriginalAccepts(_ field: String) {
        #expect(read("{\"plugin\": \"kmsg\", \"rules\": [], \(field)}").errors.map(\.description) == [])
    }

    @Test(arguments: [
        #""conditions": [{"type": "A", "transition": "yesterday"}]"#,
        #""conditions": [{"type": "A", "transition": ""}]"#, #""conditions": [{"type": "A", "transition": 5}]"#,
        #""conditions": [{"type": "A", "status": true}]"#, #""conditions": [{"type": 7}]"#, #""source": 3"#,
        #""lookback": 5"#, #""rules": [{"pattern": 5}]"#, #""rules": [{"reason": 5}]"#,
    ]) func refusesWhatTheOriginalRefuses(_ field: String) {
        let file = read("{\"plugin\": \"kmsg\", \(field)}")
        #expect(!file.errors.isEmpty)
        #expect(file.rules.isEmpty)
    }

    @Test(arguments: ["[]", "[1]", #"[{"plugin": "kmsg", "rules": []}]"#, "null", "5", "\"x\""])
    func refusesWhatIsNoObject(_ text: String) {
        #expect(!read(text).errors.isEmpty)
        #expect(read(text).notALogMonitor == nil)
    }

    @Test func namesAListOfModules() {
        let file = read(#"[{"moduleName": "br_netfilter"}]"#)
        #expect(file.errors.isEmpty)
        #expect(file.notALogMonitor?.contains("kernel modules") == true)
    }

    struct End: Sendable {
        var pattern: String
        var remark: String?
    }

    @Test(arguments: [
        End(pattern: "Kubelet is Active", remark: "add `.*` to find it anywhere"),
        End(pattern: "divide error: 0000 \\\\[#\\\\d+\\\\] SMP", remark: "must reach the end of the line"),
        End(pattern: "oom-kill|Out of memory", remark: "write `(?:oom-kill|Out of memory).*`"),
        End(pattern: "Kubelet is Active.*", remark: nil), End(pattern: "fatal$", remark: nil),
        End(pattern: "seconds\\\\.", remark: nil), End(pattern: "count = \\\\d+", remark: nil),
        End(pattern: "crash in \\\\S", remark: nil), End(pattern: "(a|b).*", remark: nil),
        End(pattern: "[a|b].*", remark: nil), End(pattern: "a\\\\|b.*", remark: nil),
    ]) func warnsOfPatternsThatMustReachTheEnd(_ end: End) {
        let file = read(monitor("{\"type\": \"temporary\", \"reason\": \"R\", \"pattern\": \"\(end.pattern)\"}"))
        let remarks = RuleChecker([file], others: []).problems().filter { $0.level == .warning }.map(\.message)
        if let remark = end.remark {
            #expect(remarks.contains { $0.contains(remark) }, "\(remarks)")
        } else {
            #expect(remarks == [])
        }
    }

    @Test func warnsOfProgramsAndOfWindows() {
        let custom = read(
            #"{"plugin": "custom", "rules": [{"type": "temporary", "reason": "R", "path": "/opt/check.sh"}]}"#)
        let allowed = RuleChecker([custom], others: []).problems()
        #expect(allowed.contains { $0.message.contains("set `plugins: true` there") })
        #expect(allowed.allSatisfy { $0.level == .warning })
        for text in [
            #"{"plugin": "filelog", "logPath": "C:\\etc\\k.log", "rules": [{"type": "temporary", "reason": "R", "pattern": "x.*"}]}"#,
            #"{"plugin": "custom", "rules": [{"type": "temporary", "reason": "R", "path": "C:\\a\\b.ps1"}]}"#,
        ] {
            let problems = RuleChecker([read(text)], others: []).problems()
            #expect(problems.contains { $0.message.hasPrefix("is for Windows") }, "\(problems)")
        }
    }

    /// A ConfigMap as it lies in git, with the DaemonSet beside it and scripts among its keys.
    @Test func readsTheRuleFilesOfAConfigMap() throws {
        let manifest = """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: npd, namespace: kube-system }
            data:
              kernel-monitor.json: |
                \(monitor())
              broken.json: |
                { "plugin": 5 }
              check.sh: |
                #!/bin/sh
              own.yaml: |
                apiVersion: ke/v1
                kind: LogRules
                source: { journald: { transport: kernel } }
                rules: [{ id: own, reason: Own, pattern: own }]
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: { name: npd }
            """
        let set = RuleSet(users: RuleSet.read([("d/npd.yaml", Array(manifest.utf8))]), builtIn: [])
        #expect(
            set.files.map(\.name).sorted() == [
                "d/npd.yaml/broken.json", "d/npd.yaml/kernel-monitor.json", "d/npd.yaml/own.yaml",
            ])
        #expect(set.rules.map(\.id).sorted() == ["kernel-monitor.json#0", "own"])
        #expect(set.problems.filter { $0.level == .error }.allSatisfy { $0.file == "d/npd.yaml/broken.json" })
        // What is no manifest is read as it was.
        let plain = "apiVersion: ke/v1\nkind: LogRules\nsource: { kmsg: }\nrules: [{ id: a, reason: A, pattern: a }]\n"
        #expect(RuleSet.read([("a.yaml", Array(plain.utf8))]).map(\.name) == ["a.yaml"])
    }
}
