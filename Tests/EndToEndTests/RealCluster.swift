import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Platform
@testable import Report

/// An installation on real nodes, and how long its report takes to say what is caused there.
final class RealCluster: Sendable {
    let nodes: NodeTestbed

    /// What the machine itself does, which real nodes cannot hide from each other or from a busy test machine.
    private static let machineChecks: Set<String> = [
        "NodePressureStall", "NodeCPU", "NodeMemory", "NodeDisk", "NodeNetworkError", "LogGap",
    ]

    init(nodes count: Int) throws {
        nodes = try NodeTestbed(nodes: count)
        try nodes.load(image: Image.archive)
    }

    func ke(_ arguments: String...) throws -> (status: Int32, output: String) {
        try Child.run([Products.aggregator] + arguments + ["--kubeconfig", nodes.kubeconfig])
    }

    func apply(_ yaml: String) throws { try nodes.kubectl(["apply", "-f", "-"], input: yaml) }

    func report() throws -> Report {
        let (status, output) = try ke("report", "-o", "json", "--severity", "info")
        guard status == 0, let start = output.firstIndex(of: "{") else {
            throw NodeTestbed.Failure(description: "ke report: \(status) \(output)")
        }
        return try JSONDecoder().decode(Report.self, from: Data(output[start...].utf8))
    }

    // MARK: Rows

    /// One row of the report's incidents.
    struct Row: CustomStringConvertible {
        let incident: Report.Incident
        let findings: [Report.Item]

        var checks: Set<String> { Set(findings.map(\.check)) }
        var description: String {
            "\(incident.severity) \(incident.since) \(incident.object) \(checks.sorted()): \(incident.summary)"
        }
    }

    /// Without what is true of the test's machine, and of Kubernetes' own old clients.
    func rows(_ report: Report) -> [Row] {
        report.incidents.map { incident in
            Row(incident: incident, findings: report.findings.filter { $0.incident == incident.id })
        }
        .filter { row in
            // Under load the testbed's pipe loses kernel lines; then only the kubelet's event tells of a kill.
            let isLoneEvent = row.incident.object.hasPrefix("node/") && row.checks == ["NodeOOM"]
            return !row.checks.isSubset(of: Self.machineChecks) && !isLoneEvent
        }
    }

    func rows(of namespace: String, in report: Report) -> [Row] {
        rows(report).filter { $0.incident.object.split(separator: "/").dropFirst().first == Substring(namespace) }
    }

    /// Waits until the report shows a row; says how long that took.
    /// - Returns: the row, or nil when it did not come.
    func row(
        _ what: String, within seconds: Double, since begun: ContinuousClock.Instant,
        _ isIt: (Row) -> Bool
    ) async -> Row? {
        var found: Row?
        _ = await eventually(seconds: seconds) {
            found = (try? report()).flatMap { rows($0).first(where: isIt) }
            return found != nil
        }
        let delay = (ContinuousClock.now - begun).components
        if found != nil { print("delay: \(what): \(delay.seconds) s") }
        return found
    }

    /// Waits until no row is left that `isLeft` takes.
    /// - Returns: those that are.
    func leftRows(within seconds: Double, _ isLeft: (Row) -> Bool = { _ in true }) async -> [Row] {
        var left: [Row] = []
        _ = await eventually(seconds: seconds) {
            guard let report = try? report() else { return false }
            left = rows(report).filter(isLeft)
            return left.isEmpty
        }
        return left
    }

    // MARK: Processes of a node

    /// Ends a program of ours on a node, as a kernel would.
    func kill(_ program: String, on node: String) throws {
        try nodes.enter(node, "bash", "-c", "pkill -KILL -x \(program) || true")
    }

    func signal(_ signal: String, _ program: String, on node: String) throws {
        let (status, output) = try nodes.enter(node, "pkill", "-\(signal)", "-x", program)
        guard status == 0 else { throw NodeTestbed.Failure(description: "pkill \(program) on \(node): \(output)") }
    }

    func node(ofPod label: String) throws -> String {
        try nodes.kubectl([
            "get", "pods", "-n", "ke-system", "-l", "app.kubernetes.io/name=\(label)", "-o",
            "jsonpath={.items[0].spec.nodeName}",
        ])
    }
}
