import Foundation
import TestSupport
import Testing

@testable import ClusterObjects
@testable import Findings
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform
@testable import Watch
@testable import Wire

extension EndToEndSerialTests {
    /// The editor's loop against a real API server: two agents mount ConfigMap `ke-rules` as the kubelet would.
    @Suite(.serialized, .enabled(if: ControlPlane.isPossible)) struct RuleLoop {
        /// Does for a ConfigMap what the kubelet does: a new folder, then a swap of `..data`.
        private final class Mount: Sendable {
            let path: String
            private let task: Task<Void, Never>

            init(_ store: RuleStore, at path: String) throws {
                self.path = path
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                task = Task {
                    var version: String?
                    var number = 0
                    var pace = Pace(every: .milliseconds(200))
                    while !Task.isCancelled {
                        if let live = try? await store.live(), live.resourceVersion != version {
                            version = live.resourceVersion
                            number += 1
                            try? Self.swap(live.data, path, number)
                        }
                        try? await pace.next()
                    }
                }
            }

            deinit { task.cancel() }

            private static func swap(_ data: [String: String], _ path: String, _ number: Int) throws {
                let files = FileManager.default
                try files.createDirectory(atPath: "\(path)/..\(number)", withIntermediateDirectories: true)
                for (name, text) in data {
                    try text.write(toFile: "\(path)/..\(number)/\(name)", atomically: false, encoding: .utf8)
                }
                for name in try files.contentsOfDirectory(atPath: path) where !name.hasPrefix("..") && data[name] == nil
                {
                    try files.removeItem(atPath: "\(path)/\(name)")
                }
                try files.createSymbolicLink(atPath: "\(path)/..data_tmp", withDestinationPath: "..\(number)")
                rename("\(path)/..data_tmp", "\(path)/..data")
                for name in data.keys where !files.fileExists(atPath: "\(path)/\(name)") {
                    try files.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: "..data/\(name)")
                }
            }
        }

        /// A cluster of two nodes with an agent each.
        private final class Fleet {
            let plane: ControlPlane
            let rig: Rig
            let mount: Mount
            let second: Child
            let logs: [String]

            init() async throws {
                plane = try ControlPlane()
                rig = try Rig(agentArguments: [])
                let connection = try Kubeconfig.load(explicit: plane.kubeconfig, environment: [:]).connection(.init())
                let client = KubernetesClient(connection, http: HTTPClient(), clock: SystemClock())
                mount = try Mount(
                    RuleStore(client: client, clock: SystemClock()), at: rig.folder.path + "/mounted")
                logs = try [rig.folder.write("", to: "rig.log"), rig.folder.write("", to: "rig2.log")]
                try await ClusterScript.create(
                    [
                        ClusterScript.node("rig", labels: "pool: a"), ClusterScript.node("rig2", labels: "pool: b"),
                    ].joined(separator: "\n---\n"), in: plane)
                rig.aggregatorArguments = ["--kubeconfig", plane.kubeconfig]
                // Both agents read one rule; each has a host of its own, so that its file is its own.
                for (index, log) in logs.enumerated() {
                    let root = "\(rig.folder.path)/host\(index)"
                    try FileManager.default.createDirectory(
                        atPath: root + "/var/log", withIntermediateDirectories: true)
                    for link in ["proc", "sys", "etc"] {
                        try FileManager.default.createSymbolicLink(
                            atPath: "\(root)/\(link)", withDestinationPath: "/\(link)")
                    }
                    try FileManager.default.createSymbolicLink(
                        atPath: "\(root)/var/log/app.log", withDestinationPath: log)
                }
                let config = try rig.folder.write("heartbeat: 2s\n", to: "agent.yaml")
                rig.agentArguments = [
                    "--config", config, "--rules", mount.path, "--host-root", rig.folder.path + "/host0",
                ]
                try await rig.start()
                second = try Child(
                    [
                        Products.agent, "run", "--state-dir", rig.folder.path + "/agent2", "--node-name", "rig2",
                        "--aggregator", "http://127.0.0.1:\(rig.ingestPort)", "--config", config,
                        "--no-built-in-rules", "--rules",
                        mount.path, "--host-root", rig.folder.path + "/host1",
                    ], log: rig.folder.path + "/agent2.log")
                let both = await eventually(seconds: 30) { (try? await self.rig.snapshot()?.nodes.count) == 2 }
                if !both { throw ControlPlane.Failure(description: rig.logs + second.log) }
            }

            var door: [String] { ["--aggregator", "http://127.0.0.1:\(rig.readPort)"] }

            func rules(
                _ arguments: [String], environment: [String: String] = [:]
            ) throws -> (status: Int32, output: String) {
                let given = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                return try Child.run(
                    ["/usr/bin/env"] + given + [Products.aggregator, "rules"] + arguments + [
                        "--kubeconfig", plane.kubeconfig,
                    ])
            }

            func say(_ line: String) throws {
                for name in ["rig.log", "rig2.log"] { try rig.folder.append(line + "\n", to: name) }
            }

            func count(_ rule: String, on node: String? = nil) async -> Int {
                let findings = (try? await rig.snapshot()?.findings) ?? []
                return findings.filter { $0.detection.rule == rule && (node == nil || $0.node == node) }.reduce(0) {
                    $0 + $1.count
                }
            }
        }

        private static func file(_ rules: String) -> String {
            "apiVersion: ke/v1\nkind: LogRules\nsource: { file: { path: /var/log/app.log } }\nrules:\n" + rules
        }

        private static let good = file(
            "  - id: raid-battery\n    reason: RaidBattery\n    pattern: 'raid battery (?P<state>failed|dead)'\n    samples: { match: ['raid battery failed'] }\n"
        )

        @Test func fromALineToEveryNodeAndBack() async throws {
            let fleet = try await Fleet()
            let path = try fleet.rig.folder.write(Self.good, to: "raid.yaml")
            // Push: checked, shown, written, and waited for.
            let pushed = try fleet.rules(["push", path, "--wait", "30s"] + fleet.door)
            #expect(pushed.status == 0, "\(pushed.output)")
            #expect(pushed.output.contains("2 of 2 agents run it"), "\(pushed.output)")
            #expect(pushed.output.contains("+  - id: raid-battery"), "\(pushed.output)")
            try fleet.say("raid battery failed")
            #expect(await eventually(seconds: 20) { await fleet.count("raid-battery") == 2 }, "\(fleet.rig.logs)")
            let listed = try fleet.rules(["list"])
            #expect(listed.output.split(separator: "\n").dropFirst().first?.hasPrefix("raid-battery") == true)
            #expect(try fleet.rules(["show", "raid-battery"]).output.contains("pattern: 'raid battery"))

            // A mistake is refused with its place; forced, agents keep the last good version and say so.
            let broken = try fleet.rig.folder.write(
                Self.file("  - id: raid-battery\n    reason: R\n    pattern: 'a('\n"), to: "b/raid.yaml")
            let refused = try fleet.rules(["push", broken, "--wait", "0"])
            #expect(refused.status == 1, "\(refused.output)")
            #expect(refused.output.contains("raid.yaml:7:14: error"), "\(refused.output)")
            #expect(refused.output.contains("Nothing was changed: 1 error"))
            let forced = try fleet.rules(["push", broken, "--force", "--wait", "20s"] + fleet.door)
            #expect(forced.status == 0, "\(forced.output)")
            #expect(forced.output.contains("--force overrides 1 error"), "\(forced.output)")
            #expect(await eventually(seconds: 20) { (try? await fleet.rig.findings("RuleFileInvalid").count) == 2 })
            try fleet.say("raid battery dead")
            #expect(await eventually(seconds: 20) { await fleet.count("raid-battery") == 4 })

            // Back to what was before.
            let back = try fleet.rules(["rollback", "--wait", "30s"] + fleet.door)
            #expect(back.status == 0, "\(back.output)")
            #expect(back.output.contains("Revision 1 is live again."), "\(back.output)")
            #expect(
                await eventually(seconds: 20) {
                    (try? await fleet.rig.findings("RuleFileInvalid").allSatisfy { $0.resolvedAt != nil }) == true
                })
            #expect(try fleet.rules(["rollback", "--list"]).output.contains("push raid.yaml"))

            // An editor changes the live file.
            let edited = try fleet.rules(
                ["edit", "raid.yaml", "--wait", "30s"] + fleet.door, environment: ["KUBE_EDITOR": "sed -i s/dead/gone/"]
            )
            #expect(edited.status == 0, "\(edited.output)")
            #expect(edited.output.contains("failed|gone"), "\(edited.output)")
            let unchanged = try fleet.rules(["edit", "--wait", "0"], environment: ["KUBE_EDITOR": "true"])
            #expect(unchanged.output.contains("Nothing changes."))
            let typo = try fleet.rules(
                ["edit", "raid.yaml", "--wait", "0"], environment: ["KUBE_EDITOR": "sed -i s/pattern:/patern:/"])
            #expect(typo.status == 1, "\(typo.output)")
            #expect(typo.output.contains("did you mean `pattern`?"), "\(typo.output)")
            #expect(typo.output.contains("Your text is in"), "\(typo.output)")
        }

        @Test func overridesReachNodesByTheirLabels() async throws {
            let fleet = try await Fleet()
            let path = try fleet.rig.folder.write(Self.good, to: "raid.yaml")
            #expect(try fleet.rules(["push", path, "--wait", "30s"] + fleet.door).status == 0)
            let off = try fleet.rules([
                "disable", "raid-battery", "--node-selector", "pool=b", "--reason", "old firmware",
            ])
            #expect(off.status == 0, "\(off.output)")
            #expect(off.output.contains("is off"), "\(off.output)")
            let unknown = try fleet.rules(["disable", "raid-batery"])
            #expect(unknown.status == 1)
            #expect(unknown.output.contains("There is no rule 'raid-batery'"))
            // The aggregator reads overrides every 15 s; the agent hears with its next batch.
            #expect(
                await eventually(seconds: 60) {
                    (try? await fleet.rig.snapshot()?.nodes.first { $0.name == "rig2" }?.vitals.ruleCount) == 0
                })
            try fleet.say("raid battery failed")
            #expect(await eventually(seconds: 20) { await fleet.count("raid-battery", on: "rig") == 1 })
            #expect(await fleet.count("raid-battery", on: "rig2") == 0)
            #expect(try fleet.rules(["list"]).output.contains("override: raid-battery is off on pool=b: old firmware"))
            #expect(try fleet.rules(["enable", "raid-battery"]).output.contains("1 override removed"))
            #expect(
                await eventually(seconds: 60) {
                    (try? await fleet.rig.snapshot()?.nodes.first { $0.name == "rig2" }?.vitals.ruleCount) == 1
                })
        }

        @Test func aCandidateIsTriedOnEveryNode() async throws {
            let fleet = try await Fleet()
            try fleet.rig.folder.append((0..<50).map { "fan \($0) is slow\n" }.joined(), to: "rig.log")
            try fleet.rig.folder.append("fan 7 is slow password=hunter2\n", to: "rig2.log")
            let fan = try fleet.rig.folder.write(
                Self.file(
                    "  - id: fan-slow\n    reason: FanSlow\n    pattern: 'fan \\d+ is slow'\n    samples: { match: ['fan 1 is slow'] }\n"
                ),
                to: "fan.yaml")
            let tried = try fleet.rules(["test", fan, "--fleet", "--since", "24h", "--wait", "60s"] + fleet.door)
            #expect(tried.status == 0, "\(tried.output)")
            #expect(tried.output.contains("fan-slow  51 findings of 51 lines on 2 of 2 nodes"), "\(tried.output)")
            #expect(tried.output.contains("rig 50, rig2 1"))
            #expect(tried.output.contains("2 of 2 nodes answered, 51 lines read"))
            #expect(!tried.output.contains("hunter2"))
            // Nothing of it runs afterwards, and nothing was found for good.
            #expect(await fleet.count("fan-slow") == 0)

            // A canary that finds too much is taken back, and nothing is written.
            let logs = fleet.logs
            let writer = Task {
                var pace = Pace(every: .milliseconds(200))
                while !Task.isCancelled {
                    for log in logs { Self.append("fan 3 is slow\n", to: log) }
                    try? await pace.next()
                }
            }
            let noisy = try fleet.rules(
                ["push", fan, "--canary", "50%", "--for", "20s", "--max-hits-per-hour", "60", "--wait", "0"]
                    + fleet.door)
            writer.cancel()
            #expect(noisy.status == 1, "\(noisy.output)")
            #expect(noisy.output.contains("canary on 1 node (50%)"), "\(noisy.output)")
            #expect(noisy.output.contains("Rolled back:"), "\(noisy.output)")
            #expect(noisy.output.contains("over 60"), "\(noisy.output)")
            #expect(!(try fleet.rules(["list"]).output.contains("fan-slow")))
            // A quiet one widens and is written.
            let quiet = try fleet.rig.folder.write(Self.good, to: "raid.yaml")
            let wide = try fleet.rules(
                ["push", quiet, "--canary", "50%", "--for", "2s", "--wait", "40s"] + fleet.door)
            #expect(wide.status == 0, "\(wide.output)")
            #expect(wide.output.contains("0 findings within"), "\(wide.output)")
            #expect(wide.output.contains("2 of 2 agents run it"), "\(wide.output)")
        }

        @Test func nodeProblemDetectorsConfigMapIsCarriedOver() async throws {
            let fleet = try await Fleet()
            let made = try Child.run([Products.aggregator, "install", "npd", "--kubeconfig", fleet.plane.kubeconfig])
            #expect(made.status == 0, "\(made.output)")
            #expect(made.output.contains("Made ConfigMap kube-system/node-problem-detector-config"), "\(made.output)")
            let again = try Child.run([Products.aggregator, "install", "npd", "--kubeconfig", fleet.plane.kubeconfig])
            #expect(again.output.contains("is there already (my-monitor.json); it stays as it is"), "\(again.output)")
            let monitor = #"""
                {"plugin": "filelog", "pluginConfig": {"timestamp": "^.{15}", "message": "app: (.*)", "timestampFormat": "Jan _2 15:04:05"},
                 "logPath": "/var/log/app.log", "lookback": "5m", "bufferSize": 1, "source": "mine", "conditions": [],
                 "rules": [{"type": "temporary", "reason": "MineBroke", "pattern": "it broke.*"}]}
                """#
            func patch(_ text: String) async throws {
                let body = try JSONSerialization.data(withJSONObject: ["data": ["my-monitor.json": text]])
                let connection = try Kubeconfig.load(explicit: fleet.plane.kubeconfig, environment: [:])
                    .connection(.init())
                _ = try await KubernetesClient(connection, http: HTTPClient(), clock: SystemClock()).send(
                    "PATCH", NPDConfigImporter.path, body: [UInt8](body),
                    contentType: "application/merge-patch+json")
            }
            try await patch(monitor)
            #expect(
                await eventually(seconds: 40) {
                    FileManager.default.fileExists(atPath: fleet.mount.path + "/npd-my-monitor.json")
                })
            #expect(
                await eventually(seconds: 20) {
                    (try? await fleet.rig.snapshot()?.nodes.allSatisfy { $0.vitals.ruleCount == 1 }) == true
                })
            let stamp = Self.stamp()
            try fleet.say("\(stamp) app: it broke")
            #expect(
                await eventually(seconds: 20) { (try? await fleet.rig.findings("MineBroke").count) == 2 },
                "\(fleet.rig.logs)")
            // A mistake keeps what was carried over, and is said in the report.
            try await patch("{\"plugin\": \"filelog\",}")
            #expect(
                await eventually(seconds: 40) {
                    let text = try? fleet.rig.report(["-o", "json"]).output
                    return text?.contains("node-problem-detector-config") == true
                        && text?.contains("RuleFileInvalid") == true
                })
            try fleet.say("\(stamp) app: it broke again")
            #expect(
                await eventually(seconds: 20) {
                    (try? await fleet.rig.findings("MineBroke").reduce(0) { $0 + $1.count }) == 4
                })
            // A running node-problem-detector is named.
            try await ClusterScript.create(
                """
                kind: DaemonSet
                metadata: { name: node-problem-detector, namespace: kube-system }
                spec: { selector: { matchLabels: { a: b } }, template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c, image: npd }] } } }
                """, in: fleet.plane)
            #expect(
                await eventually(seconds: 20) {
                    (try? fleet.rig.report().output.contains(
                        "node-problem-detector runs too (DaemonSet kube-system/node-problem-detector)")) == true
                })
        }

        private static func append(_ text: String, to path: String) {
            guard let handle = FileHandle(forWritingAtPath: path) else { return }
            _ = try? handle.seekToEnd()
            try? handle.write(contentsOf: Data(text.utf8))
            try? handle.close()
        }

        private static func stamp() -> String {
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.dateFormat = "MMM dd HH:mm:ss"
            // Only the day is padded with a blank: in the first hours of a day the hour begins with a 0 too.
            let text = formatter.string(from: Date())
            return text.dropFirst(4).hasPrefix("0") ? "\(text.prefix(4)) \(text.dropFirst(5))" : text
        }

        @Test func whatOthersOwnIsNotChanged() async throws {
            let plane = try ControlPlane()
            try await ClusterScript.create(
                """
                kind: Namespace
                metadata: { name: ke-system }
                ---
                kind: ConfigMap
                metadata: { name: ke-rules, namespace: ke-system, annotations: { argocd.argoproj.io/tracking-id: 'platform:/ConfigMap:ke-system/ke-rules' } }
                """, in: plane)
            let folder = try TemporaryFolder()
            let path = try folder.write(Self.good, to: "raid.yaml")
            let (status, output) = try Child.run([
                Products.aggregator, "rules", "push", path, "--wait", "0", "--kubeconfig", plane.kubeconfig,
            ])
            #expect(status == 1, "\(output)")
            #expect(output.contains("is kept by the Argo CD application platform"), "\(output)")
            #expect(output.contains("# raid.yaml\napiVersion: ke/v1"), "\(output)")
            let edit = try Child.run([
                "/usr/bin/env", "KUBE_EDITOR=sed -i s/proposes/suggests/", Products.aggregator, "rules", "edit",
                "new.yaml",
                "--wait", "0", "--kubeconfig", plane.kubeconfig,
            ])
            #expect(edit.status == 1, "\(edit.output)")
            #expect(edit.output.contains("kept by the Argo CD application"), "\(edit.output)")
        }
    }
}
