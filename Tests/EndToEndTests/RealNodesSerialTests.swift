import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Findings
@testable import KubernetesAPI
@testable import Platform
@testable import Report

extension EndToEndSerialTests {
    /// What is claimed of a cluster, on one: kubelets, container runtimes, journals, and the programs as real pods.
    /// One cluster for all of it, because nodes take long to come up; each part causes something, waits for its row,
    /// ends it, and sees that nothing is left.
    @Suite(.serialized, .enabled(if: NodeTestbed.isPossible && Image.isThere)) struct RealNodes {
        @Test func fromInstallToNothingLeft() async throws {
            let cluster = try RealCluster(nodes: 2)
            try await install(cluster)
            try await failPods(cluster)
            try await writeKernelLines(cluster)
            try await killWhileLinesCome(cluster)
            try await loseKubelet(cluster, "KILL")
            try await loseKubelet(cluster, "STOP")
            try await loseRuntime(cluster)
            let left = await cluster.leftRows(within: 60) { !$0.incident.object.hasPrefix("node/") }
            #expect(left.isEmpty, "\(left)")
            let gone = try cluster.ke("uninstall", "--yes")
            #expect(gone.status == 0, "\(gone.output)")
            try cluster.nodes.down()
            #expect(await eventually(seconds: 20) { Self.leftovers(of: cluster.nodes.path).isEmpty })
        }

        /// Mounts, control groups and processes that name the testbed's folder.
        private static func leftovers(of folder: String) -> [String] {
            let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
            let programs = (try? Child.run(["/usr/bin/pgrep", "-f", folder]).output) ?? ""
            return mounts.split(separator: "\n").filter { $0.contains(folder) }.map(String.init)
                + programs.split(separator: "\n").map(String.init)
        }

        private func install(_ cluster: RealCluster) async throws {
            let begun = ContinuousClock.now
            let made = try cluster.ke("install", "--wait", "4m")
            #expect(made.status == 0, "\(made.output)")
            #expect(made.output.contains("agents ready on 2 of 2"), "\(made.output)")
            print("delay: ke install: \((ContinuousClock.now - begun).components.seconds) s")
            // Whoever is ready reports.
            let report = try cluster.report()
            #expect(report.nodes.map(\.isReporting) == [true, true])
            let left = await cluster.leftRows(within: 60)
            #expect(left.isEmpty, "a healthy cluster is quiet: \(left)")
            for node in report.nodes { #expect(node.residentBytes < 48 << 20, "\(node)") }
        }

        // MARK: Pods

        private func failPods(_ cluster: RealCluster) async throws {
            let begun = ContinuousClock.now
            try cluster.apply(PodScenario.all.map(\.yaml).joined(separator: "---\n"))
            var missing = PodScenario.all
            // Readiness has some grace, and a registry that cannot be resolved a time-out of its own.
            _ = await eventually(seconds: 150) {
                guard let report = try? cluster.report() else { return false }
                let rows = cluster.rows(report)
                missing.removeAll { scenario in
                    guard rows.contains(where: { scenario.isSeen(in: $0) }) else { return false }
                    let seconds = (ContinuousClock.now - begun).components.seconds
                    print("delay: \(scenario.check) (\(scenario.name)): \(seconds) s")
                    return true
                }
                return missing.isEmpty
            }
            for scenario in missing {
                let seen = (try? cluster.report()).map { cluster.rows(of: scenario.name, in: $0) } ?? []
                Issue.record("\(scenario.name): \(scenario.check) of \(scenario.object) was not seen, but \(seen)")
            }
            // One trouble is one row, of what it is about.
            let several = await cluster.leftRows(within: 60) { row in
                guard let report = try? cluster.report() else { return true }
                let scenario = PodScenario.all.first { row.incident.object.contains("/\($0.name)/") }
                return scenario.map { cluster.rows(of: $0.name, in: report).count > 1 } ?? false
            }
            #expect(several.isEmpty, "\(several)")
            try cluster.nodes.kubectl(
                ["delete", "namespace", "--wait=true", "--timeout=90s"] + PodScenario.all.map(\.name))
            let left = await cluster.leftRows(within: 60)
            #expect(left.isEmpty, "what is gone has no row: \(left)")
        }

        // MARK: Nodes

        /// A line of each kind, and a healthy one.
        private func writeKernelLines(_ cluster: RealCluster) async throws {
            let lines: [(check: String, reason: String, line: String)] = [
                (
                    "NodeExt4Error", "",
                    "EXT4-fs error (device sdq1): ext4_lookup:1855: inode #2: comm ls: deleted inode referenced: 12"
                ),
                (
                    "NodeFilesystemReadOnly", "",
                    "XFS (sdr1): Corruption of in-memory data detected.  Shutting down filesystem"
                ),
                ("NodeLockup", "HardLockup", "NMI watchdog: Watchdog detected hard LOCKUP on cpu 0"),
                ("NodeLockup", "SoftLockup", "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/1:1:123]"),
                ("NodeConntrackNearFull", "", "nf_conntrack: nf_conntrack: table full, dropping packet"),
                (
                    "NodeDiskHardware", "",
                    "critical medium error, dev sds, sector 1234 op 0x0:(READ) flags 0x0 phys_seg 1 prio class 0"
                ),
                ("NodeDeadlock", "", "INFO: task docker:123 blocked for more than 120 seconds."),
                ("NodeUnregisterNetDevice", "", "unregister_netdevice: waiting for lo to become free. Usage count = 1"),
            ]
            let begun = ContinuousClock.now
            for (_, _, line) in lines { try cluster.nodes.kernel("node-1", line) }
            try cluster.nodes.kernel("node-1", "usb 1-1: new high-speed USB device number 2 using xhci_hcd")
            for (check, reason, line) in lines {
                let row = await cluster.row(check, within: 30, since: begun) { row in
                    row.incident.object == "node/node-1"
                        && row.findings.contains { $0.check == check && (reason.isEmpty || $0.reason == reason) }
                }
                #expect(row != nil, "\(line)")
            }
            let report = try cluster.report()
            let others = report.findings.filter { $0.node == "node-2" && lines.map(\.check).contains($0.check) }
            #expect(others.isEmpty, "a line of one node is no other's: \(others)")
            #expect(!report.findings.contains { $0.message.contains("USB") })
        }

        /// Each line once, whoever is killed meanwhile.
        private func killWhileLinesCome(_ cluster: RealCluster) async throws {
            let device = "sdx7"
            let aggregator = try cluster.node(ofPod: "ke-aggregator")
            for number in 0..<200 {
                try cluster.nodes.kernel(
                    "node-1",
                    "EXT4-fs error (device \(device)): ext4_find_entry:1455: inode #\(number): comm x: reading directory lblock 0"
                )
                switch number {
                case 40: try cluster.kill("ke-agent", on: "node-1")
                case 90: try cluster.kill("ke-aggregator", on: aggregator)
                case 140:
                    try cluster.nodes.kubectl([
                        "delete", "pod", "-n", "ke-system", "-l", "app.kubernetes.io/name=ke-agent", "--wait=false",
                    ])
                default: break
                }
            }
            // What the journal of the node has is what must be counted: the testbed's pipe may lose a line.
            let (_, text) = try cluster.nodes.enter(
                "node-1", "bash", "-c", "journalctl -k -q -o cat | grep -c 'device \(device)' || true")
            let written = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
            #expect(written > 150, "\(text)")
            var count = 0
            let isExact = await eventually(seconds: 120) {
                guard let report = try? cluster.report() else { return false }
                count = report.findings.filter { $0.check == "NodeExt4Error" && $0.subject == device }.map(\.count)
                    .reduce(0, +)
                return count == written
            }
            #expect(isExact, "\(count) of \(written) lines are counted")
            try cluster.nodes.kubectl([
                "rollout", "status", "-n", "ke-system", "daemonset/ke-agent", "--timeout=120s",
            ])
        }

        /// A node that was made a moment ago is no alarm.
        private func waitUntilGrown(_ cluster: RealCluster, _ node: String) async throws {
            let text = try cluster.nodes.kubectl(["get", "node", node, "-o", "jsonpath={.metadata.creationTimestamp}"])
            let created = try #require(KubernetesTime.parse(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            let isGrown = await eventually(seconds: CheckTimes.youngNodeSeconds + 5) {
                SystemClock().now().seconds(since: created) > CheckTimes.youngNodeSeconds
            }
            #expect(isGrown)
        }

        private func loseKubelet(_ cluster: RealCluster, _ signal: String) async throws {
            try await waitUntilGrown(cluster, "node-2")
            let begun = ContinuousClock.now
            if signal == "KILL" {
                try cluster.nodes.stop("kubelet", on: "node-2")
            } else {
                try cluster.signal(signal, "kubelet", on: "node-2")
            }
            let early = await cluster.row("KubeletHealthStatus (\(signal))", within: 60, since: begun) { row in
                row.incident.object == "node/node-2" && row.checks.contains("KubeletHealthStatus")
            }
            #expect(early != nil)
            let fatal = await cluster.row("node not ready (\(signal))", within: 90, since: begun) { row in
                row.incident.object == "node/node-2" && row.incident.severity == .fatal
            }
            #expect(fatal != nil)
            if signal == "KILL" {
                try cluster.nodes.start("kubelet", on: "node-2")
            } else {
                try cluster.signal("CONT", "kubelet", on: "node-2")
            }
            try cluster.nodes.kubectl(["wait", "--for=condition=Ready", "node", "--all", "--timeout=60s"])
            let left = await cluster.leftRows(within: 90) { row in
                row.checks.contains("KubeletHealthStatus") || !row.incident.object.hasPrefix("node/")
            }
            #expect(left.isEmpty, "\(left)")
        }

        private func loseRuntime(_ cluster: RealCluster) async throws {
            let begun = ContinuousClock.now
            try cluster.nodes.stop("containerd", on: "node-1")
            let row = await cluster.row("DockerHealthStatus", within: 60, since: begun) { row in
                row.incident.object == "node/node-1"
                    && !row.checks.isDisjoint(with: ["DockerHealthStatus", "NodeNotReady"])
            }
            #expect(row != nil)
            try cluster.nodes.start("containerd", on: "node-1")
            try cluster.nodes.kubectl(["wait", "--for=condition=Ready", "node", "--all", "--timeout=90s"])
            // Of a runtime on a node that stayed Ready nothing is said: its condition ends by `clearsAfter`, 5 min.
            let left = await cluster.leftRows(within: 360) { row in
                !row.checks.isDisjoint(with: ["DockerHealthStatus", "NodeNotReady"])
                    || !row.incident.object.hasPrefix("node/")
            }
            #expect(left.isEmpty, "\(left)")
        }
    }
}
