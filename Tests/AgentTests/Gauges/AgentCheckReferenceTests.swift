import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Gauges
@testable import Host
@testable import Platform

/// `docs/reference/checks.md` is generated from the list of gauges and the catalogue; `KE_RECORD=1` writes it anew, and
/// fails.
@Suite struct AgentCheckReferenceTests {
    private static func reference() throws -> String {
        var lines = [
            "# Checks of agents", "",
            "What agents observe on nodes. Generated from the list of gauges and from [rules/checks](../../rules/checks); a test",
            "compares them. [cluster-checks.md](cluster-checks.md) has the same checks with their reasons and remedies.",
            "",
            "## Gauges and probes", "",
            "Limits can be set under `thresholds:` in the agent's configuration, or for some nodes by overrides.", "",
            "| check | gauge | read every | severity | limits |", "|---|---|---|---|---|",
        ]
        for sampler in try SamplerList.all(AgentConfiguration()) {
            for check in sampler.checks {
                let entry = try #require(Catalogue.builtIn[check], "\(check)")
                let limits = entry.limits.filter(\.isOfAgents).map {
                    "`\($0.name)` \($0.value.formatted(.number.grouping(.never))) \($0.unit.rawValue)"
                }
                lines.append(
                    "| [`\(check)`](cluster-checks.md#\(check.lowercased())) | `\(sampler.id)` | \(Int(sampler.periodSeconds)) s | \(entry.severity.rawValue) | \(limits.joined(separator: "; ")) |"
                )
            }
        }
        lines += [
            "", "## Log rules", "", "[rules.md](rules.md) lists the built-in rules.", "", "## Agents and rules", "",
            "| check | fires when |", "|---|---|",
        ]
        for entry in Catalogue.builtIn.entries where entry.trouble == "agent" {
            lines.append("| [`\(entry.id)`](cluster-checks.md#\(entry.id.lowercased())) | \(entry.when.en) |")
        }
        lines += [
            "", "## What an agent in a pod reads", "",
            "The DaemonSet mounts neither the host's root nor its sockets, so the agent observes them indirectly:", "",
            "- A file system is measured at a path of it that is mounted into the pod: `/etc/machine-id` for the root file",
            "  system, `/var/log`, the state folder for the kubelet's, the container's own root for the runtime's. A file",
            "  system of which no path is mounted is reported as not observed.",
            "- The kubelet is probed on port 10250 of the node's address: 401 and 403 mean alive, a refused connection means",
            "  down, no response means hung.",
            "- A unit is observed through its cgroup: it failed when it had a process and has had none in three consecutive",
            "  readings. The host's distribution is recognised by these cgroups, too. The overlay `probes` uses the runtime's",
            "  socket and the system bus instead.",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    @Test func isUpToDate() throws {
        let file = Repository.root.appending(path: "docs/reference/checks.md")
        let expected = try Self.reference()
        if ProcessInfo.processInfo.environment["KE_RECORD"] == "1" {
            try expected.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded anew")
        }
        let recorded = try Repository.text("docs/reference/checks.md")
        #expect(recorded == expected, "docs/reference/checks.md differs from the lists; KE_RECORD=1 writes it")
    }

    /// Each link of the table has its heading in the other reference.
    @Test func everyLinkedCheckIsExplained() throws {
        let headings = try Repository.text("docs/reference/cluster-checks.md").matches(of: /(?m)^### (\w+)$/)
        let names = Set(headings.map { String($0.1).lowercased() })
        let links = try Self.reference().matches(of: /cluster-checks\.md#(\w+)/).map { String($0.1) }
        #expect(links.count > 20)
        #expect(names.isSuperset(of: links), "\(Set(links).subtracting(names))")
    }
}
