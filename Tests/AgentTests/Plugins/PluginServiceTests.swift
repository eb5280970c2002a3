import Foundation
import Logging
import TestSupport
import Testing

@testable import AgentCommands
@testable import AgentRules
@testable import AgentRuntime
@testable import AgentState
@testable import Documents
@testable import Findings
@testable import Host
@testable import Platform
@testable import Plugins
@testable import RuleEngine
@testable import Wire

/// Custom plug-in monitors as node-problem-detector runs them, and what ours does not let them do.
@Suite struct PluginServiceTests {
    private static let healthy = ConditionDefault(
        type: "TestCondition", reason: "TestConditionOK", message: "test condition is ok")

    @Test func probedComponentsNameChecksOfAgents() {
        #expect(!NPDPluginReader.probedChecks.isEmpty)
        for (component, check) in NPDPluginReader.probedChecks {
            #expect(Catalogue.builtIn[check]?.usesAgents == true, "\(component)")
        }
    }

    @Test(.enabled(if: Conformance.isPresent)) func conditionCasesHold() throws {
        let cases = try Conformance.cases(kind: "custom_plugin_condition")
        #expect(cases.count >= 6)
        for test in cases {
            let name = test["name"] as? String ?? "?"
            let given = try #require(test["default_condition"] as? [String: String])
            var condition = PluginCondition(
                ConditionDefault(
                    type: given["type"] ?? "", reason: given["reason"] ?? "", message: given["message"] ?? ""),
                updatesOnMessage: test["enable_message_change_based_condition_update"] as? Bool ?? false)
            for step in try #require(test["steps"] as? [[String: Any]]) {
                let changed = condition.take(
                    PluginStatus(exitStatus: Int32(step["exit_status"] as? Int ?? 0)),
                    reason: step["rule_reason"] as? String ?? "", output: step["output"] as? String ?? "")
                let expected = try #require(step["expect"] as? [String: Any])
                #expect(condition.status.rawValue == expected["status"] as? String, "\(name)")
                #expect(condition.reason == expected["reason"] as? String, "\(name)")
                #expect(condition.message == expected["message"] as? String, "\(name)")
                #expect(changed == expected["event"] as? Bool, "\(name)")
            }
        }
    }

    private func run(_ folder: TemporaryFolder, _ script: String, timeout: Double = 5, bytes: Int = 80)
        async throws -> PluginRun.Result
    {
        let path = try folder.write("#!/bin/sh\n\(script)\n", to: "plugin.sh")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return await PluginRun.run(path: path, arguments: [], timeoutSeconds: timeout, outputBytesMax: bytes)
    }

    @Test func exitStatusesMeanWhatTheyMeanThere() async throws {
        let folder = try TemporaryFolder()
        #expect(try await run(folder, "echo NonOK; exit 1") == .init(status: .nonOK, output: "NonOK"))
        #expect(try await run(folder, "echo fine") == .init(status: .ok, output: "fine"))
        #expect(try await run(folder, "echo odd; exit 2") == .init(status: .unknown, output: "odd"))
        #expect(try await run(folder, "kill -9 $$").status == .unknown)
        #expect(try await run(folder, "echo '  two words  '; echo more >&2") == .init(status: .ok, output: "two words"))
        let plain = try folder.write("echo x", to: "plain")
        let refused = await PluginRun.run(path: plain, arguments: [], timeoutSeconds: 1, outputBytesMax: 80)
        #expect(refused == .init(status: .unknown, output: "Error in starting plugin. Please check the error log"))
    }

    /// The `custom_plugin_exec` cases, and our own cut on a character's boundary.
    @Test func outputIsCutAndNeverWaitedFor() async throws {
        let folder = try TemporaryFolder()
        let long = try await run(folder, "i=0; while [ $i -lt 20 ]; do printf 0123456789; i=$((i+1)); done")
        #expect(long == .init(status: .ok, output: String(repeating: "0123456789", count: 8)))
        #expect(try await run(folder, "printf 'aé中x'", bytes: 4).output == "aé")
        let flood = try await run(folder, "head -c 5000000 /dev/zero | tr '\\0' x; exit 1")
        #expect(flood.status == .nonOK)
        #expect(flood.output.utf8.count == 80)
    }

    /// The deadline is the whole group's: a child that was left running dies with it.
    @Test func theDeadlineKillsTheWholeGroup() async throws {
        let folder = try TemporaryFolder()
        let start = ContinuousClock.now
        let result = try await run(folder, "sleep 60 & echo $! > \(folder.path)/child; sleep 60", timeout: 0.5)
        let took = ContinuousClock.now - start
        #expect(result.status == .unknown)
        #expect(result.output.hasPrefix("Timeout when running plugin"))
        #expect(took < .seconds(30), "it was ended, not waited for")
        let text = try String(contentsOfFile: folder.path + "/child", encoding: .utf8)
        let child = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(
            await eventually {
                // Gone, or a zombie that somebody else reaps.
                let stat = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? "x) Z"
                return stat.split(separator: ")").last?.hasPrefix(" Z") != false
            })
    }

    @Test func argumentsAreNoShellText() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("#!/bin/sh\nprintf '%s|' \"$@\"\n", to: "args.sh")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        let result = await PluginRun.run(
            path: path, arguments: ["$(touch /tmp/never)", "a b", ";id"], timeoutSeconds: 5, outputBytesMax: 80)
        #expect(result.output == "$(touch /tmp/never)|a b|;id|")
    }

    private func monitor(_ text: String) -> RuleFile { RuleFile.read(Array(text.utf8), name: "m.json") }

    @Test(.enabled(if: Conformance.isPresent)) func shippedMonitorsLoad() throws {
        let folder = try #require(Conformance.folder).appending(path: "npd/config")
        var programs = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".json") {
            let file = RuleFile.read([UInt8](try Data(contentsOf: folder.appending(path: name))), name: name)
            #expect(file.errors.map(\.description) == [])
            programs += file.plugin?.rules.count ?? 0
            if name == "systemd-monitor-counter.json" {
                #expect(
                    file.rules.map { $0.condition?.type } == [
                        "FrequentKubeletRestart", "FrequentDockerRestart", "FrequentContainerdRestart",
                    ])
                let first = try #require(file.rules.first)
                #expect(first.threshold?.count == 5)
                #expect(first.threshold?.withinSeconds == 1200)
                #expect(first.afterBootSeconds == 300)
                #expect(first.threshold?.reverts?.contains("Stopping") == true)
                #expect(first.selector == .identifiers(["systemd"], directory: ""))
            }
            if name == "health-checker-kubelet.json" {
                #expect(file.plugin?.rules.map(\.work) == [.probe(check: "KubeletHealthStatus")])
                #expect(file.problems.contains { $0.message.contains("--enable-repair has no effect") })
            }
        }
        #expect(programs >= 6)
    }

    /// `log_counter` cases: what has been written by now counts; the other kind of line does not.
    @Test(.enabled(if: Conformance.isPresent)) func logCounterCasesHold() throws {
        let cases = try Conformance.cases(kind: "log_counter")
        #expect(cases.count >= 4)
        for test in cases {
            let pattern = test["pattern"] as? String ?? ""
            let file = monitor(
                """
                {"plugin": "custom", "source": "s", "conditions": [], "rules": [{"type": "temporary", "reason": "R",
                 "path": "/x/log-counter", "args": ["--journald-source=s", "--lookback=10m", "--count=1", "--pattern=\(pattern)"]}]}
                """)
            let now = Timestamp(seconds: 10_000)
            let trial = RuleTrial(RuleSet(users: [file], builtIn: []), seconds: { 0 })
            for line in test["logs_offset_s_and_message"] as? [[Any]] ?? [] {
                let offset = (line[0] as? NSNumber)?.doubleValue ?? 0
                // What will be written later is not there yet.
                guard offset <= 0 else { continue }
                trial.feed(Array("\(line[1])".utf8).span, time: now + offset)
            }
            let count = trial.results.reduce(0) { $0 + $1.findings }
            let expected = test["expect"] as? [String: Any]
            #expect(count == expected?["count"] as? Int, "\(test["name"] as? String ?? "?")")
        }
    }

    @Test func aRevertingLineTakesAStartBack() {
        let file = monitor(
            """
            {"plugin": "custom", "source": "s", "conditions": [{"type": "Frequent", "reason": "No", "message": "ok"}],
             "rules": [{"type": "permanent", "condition": "Frequent", "reason": "TooMany", "path": "/x/log-counter",
               "args": ["--journald-source=systemd", "--lookback=20m", "--count=3", "--pattern=Started x", "--revert-pattern=Stopping x"]}]}
            """)
        func findings(_ lines: [String]) -> Int {
            let trial = RuleTrial(RuleSet(users: [file], builtIn: []), seconds: { 0 })
            for (index, line) in lines.enumerated() {
                trial.feed(Array(line.utf8).span, time: Timestamp(seconds: Double(index)))
            }
            return trial.results.reduce(0) { $0 + $1.findings }
        }
        #expect(findings(["Started x", "Started x", "Started x"]) == 1)
        #expect(findings(["Started x", "Stopping x", "Started x", "Stopping x", "Started x"]) == 0)
    }

    @Test func mistakesAreSaidWithTheirPlace() {
        let file = monitor(
            """
            {"plugin": "custom", "pluginConfig": {"timeout": "5s"}, "source": "s", "conditions": [],
             "rules": [
               {"type": "permanent", "condition": "Undeclared", "reason": "R", "path": "/a"},
               {"type": "sometimes", "reason": "R", "path": "/a", "timeout": "9s"},
               {"type": "temporary", "reason": "R"}]}
            """)
        let texts = file.errors.map(\.description)
        #expect(texts.contains { $0.hasPrefix("m.json:3:4: error: rules[0].condition: 'Undeclared' is not declared") })
        #expect(texts.contains { $0.contains("rules[1].type: 'sometimes' is not a valid type") })
        #expect(texts.contains { $0.contains("rules[1].timeout: is longer than pluginConfig.timeout") })
        #expect(texts.contains { $0.contains("rules[2].path: is missing") })
        #expect(file.plugin == nil)
    }

    /// Off unless configured; then a problem is a state that ends when the plug-in says so.
    @Test func runsOnlyWhereAllowedAndClears() async throws {
        let folder = try TemporaryFolder()
        let flag = try folder.write("1", to: "flag")
        let script = try folder.write("#!/bin/sh\necho from the plug-in\nexit $(cat \(flag))\n", to: "p.sh")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        let text = """
            {"plugin": "custom", "pluginConfig": {"invoke_interval": "100ms", "timeout": "3s"}, "source": "s",
             "conditions": [{"type": "NTPProblem", "reason": "NTPIsUp", "message": "up"}],
             "rules": [{"type": "permanent", "condition": "NTPProblem", "reason": "NTPIsDown", "path": "\(script)"},
               {"type": "temporary", "reason": "NTPTrouble", "path": "\(script)"}]}
            """
        let file = try folder.write(text, to: "m.json")
        var configuration = AgentConfiguration()
        configuration.node = "n"
        configuration.rules = [file]
        var loader = RuleLoader(paths: [file], builtIn: [])
        let parts = try AgentRuntime(
            configuration: configuration, loader: loader, clock: SystemClock(), logger: .init(label: "t")
        ).makeParts()
        let monitors = loader.load(Instructions()).files.compactMap(\.plugin)
        let wanted = WantedPlugins(monitors)
        let off = PluginService(parts.context, wanted: wanted, isAllowed: false, clock: SystemClock())
        let idle = Task { try await off.run() }
        #expect(
            await eventually {
                parts.observations.all.filter { $0.reason == .notConfigured }.map(\.check) == [
                    "NTPIsDown", "NTPTrouble",
                ]
            })
        idle.cancel()
        try await idle.value
        let service = PluginService(parts.context, wanted: wanted, isAllowed: true, clock: SystemClock())
        let running = Task { try await service.run() }
        #expect(
            await eventually {
                let active = parts.states.active.filter { $0.owner.hasPrefix("plugin:") }
                return Set(active.map(\.detection.check)) == ["NTPIsDown", "NTPTrouble"]
                    && active.contains { $0.condition == "NTPProblem" && $0.detection.message == "from the plug-in" }
            })
        _ = try folder.write("0", to: "flag")
        #expect(await eventually { !parts.states.active.contains { $0.owner.hasPrefix("plugin:") } })
        _ = try folder.write("2", to: "flag")
        #expect(
            await eventually {
                parts.observations.all.contains {
                    $0.check == "NTPIsDown" && $0.outcome == .unobserved && $0.reason == .malformed
                }
            })
        _ = try folder.write("1", to: "flag")
        #expect(await eventually { parts.states.active.contains { $0.condition == "NTPProblem" } })
        wanted.set([])
        #expect(await eventually { !parts.states.active.contains { $0.owner.hasPrefix("plugin:") } })
        running.cancel()
        #expect(await ends { try? await running.value })
    }
}
