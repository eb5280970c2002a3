import Testing

@testable import Platform
@testable import RuleEngine

/// Custom plug-in monitors of node-problem-detector.
@Suite struct NPDPluginReaderTests {
    private func read(_ rules: String, settings: String = "") -> RuleFile {
        RuleFile.read(
            Array(
                """
                {"plugin": "custom", "source": "ntp", "pluginConfig": {"timeout": "3s"\(settings)},
                 "conditions": [{"type": "NTPProblem", "reason": "NTPIsUp", "message": "ntp is up"}],
                 "rules": [\(rules)]}
                """.utf8), name: "plugin.json")
    }

    @Test func readsProgramsWithTheirSettings() throws {
        let file = read(
            #"{"type": "permanent", "condition": "NTPProblem", "reason": "NTPIsDown", "path": "./check.sh", "args": ["-x"], "timeout": "2s"}"#,
            settings: #", "invoke_interval": "10s", "max_output_length": 100, "concurrency": 2"#)
        #expect(file.problems.isEmpty, "\(file.problems)")
        let monitor = try #require(file.plugin)
        #expect(monitor.source == "ntp")
        #expect(monitor.concurrency == 2)
        let rule = try #require(monitor.rules.first)
        #expect(rule.work == .program(path: "./check.sh", arguments: ["-x"]))
        #expect(rule.isPermanent)
        #expect(rule.timeoutSeconds == 2)
        #expect(rule.intervalSeconds == 10)
        #expect(rule.outputBytesMax == 100)
    }

    /// Lines are counted as they come: no program is run for it.
    @Test func logCounterBecomesARule() throws {
        let file = read(
            #"{"type": "temporary", "reason": "Restarts", "path": "/x/log-counter", "args": ["--journald-source=systemd", "--pattern", "Started kubelet", "--count=5", "--lookback=20m", "--delay=5m"]}"#
        )
        #expect(file.errors.isEmpty, "\(file.problems)")
        #expect(file.plugin?.rules.isEmpty == true)
        let rule = try #require(file.rules.first)
        #expect(rule.selector == .identifiers(["systemd"], directory: ""))
        #expect(rule.pattern == #"(?:Started kubelet)\z"#)
        #expect(rule.threshold?.count == 5)
        #expect(rule.threshold?.withinSeconds == 1200)
        #expect(rule.afterBootSeconds == 300)
        #expect(rule.continues)
    }

    @Test(arguments: [
        ("kubelet", "KubeletHealthStatus"), ("docker", "DockerHealthStatus"), ("cri", "DockerHealthStatus"),
    ])
    func healthCheckerBecomesAProbe(_ component: String, _ check: String) throws {
        let file = read(
            #"{"type": "temporary", "reason": "R", "path": "/x/health-checker", "args": ["--component=\#(component)", "--enable-repair=false"]}"#
        )
        #expect(file.problems.isEmpty, "\(file.problems)")
        #expect(file.plugin?.rules.map(\.work) == [.probe(check: check)])
    }

    @Test(arguments: [
        (#"{"type": "sometimes", "path": "x"}"#, "'sometimes' is not a valid type"),
        (#"{"type": "permanent", "condition": "Other", "path": "x"}"#, "'Other' is not declared in conditions"),
        (#"{"type": "temporary", "path": "x", "timeout": "9s"}"#, "is longer than pluginConfig.timeout"),
        (#"{"type": "temporary", "path": "/x/log-counter", "args": []}"#, "log-counter needs"),
        (
            #"{"type": "temporary", "path": "/x/log-counter", "args": ["--journald-source=a", "--pattern=("]}"#,
            "not a valid RE2 expression"
        ),
    ]) func mistakesAreErrorsWithAPlace(_ rule: String, _ message: String) {
        let file = read(rule)
        let problem = file.errors.first { $0.message.contains(message) }
        #expect(problem?.mark.line == 3, "\(file.problems)")
        #expect(file.plugin == nil)
    }

    @Test func whatHasNoEffectIsAWarning() {
        let file = read(
            #"{"type": "temporary", "reason": "R", "path": "/x/health-checker", "args": ["--component=kube-proxy", "--cooldown-time=2m"]}"#
        )
        #expect(file.errors.isEmpty, "\(file.problems)")
        #expect(file.problems.count { $0.message.contains("has no effect") } == 3)
    }
}
