import Foundation
import Glibc

/// Real nodes on this machine: a control plane, and kubelets with their container runtimes and journals in namespaces
/// of their own. The script that makes them is not of this project: `KE_NODE_TESTBED`, or
/// `../shared/tools/node-testbed` beside it; Kubernetes' programs are those that `KUBEBUILDER_ASSETS` names.
package final class NodeTestbed: Sendable {
    private static let script =
        ProcessInfo.processInfo.environment["KE_NODE_TESTBED"]
        ?? Repository.root.deletingLastPathComponent().appending(path: "shared/tools/node-testbed").path

    private static let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] ?? ""

    /// Whether this machine can have nodes; says so, with the reason, when it cannot.
    package static let isPossible: Bool = {
        var reason = ""
        if access(script, X_OK) != 0 {
            reason = "no \(script)"
        } else if assets.isEmpty {
            reason = "KUBEBUILDER_ASSETS names no kubelet"
        } else if let folder = try? TemporaryFolder(),
            let (status, output) = try? Child.run([script, "check", folder.path]), status != 0
        {
            reason = output.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if !reason.isEmpty { print("skipped: tests with real nodes: \(reason)") }
        return reason.isEmpty
    }()

    private let folder: TemporaryFolder
    package var kubeconfig: String { folder.path + "/admin.kubeconfig" }
    /// What this test's machines are called among the control groups and mounts of this one.
    package var path: String { folder.path }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    /// - Parameter nodes: `node-1`, `node-2`, ….
    package init(nodes: Int) throws {
        folder = try TemporaryFolder()
        try run("up", String(nodes))
    }

    deinit { _ = try? run("down") }

    @discardableResult
    private func run(_ command: String, _ arguments: String...) throws -> String { try run(command, arguments) }

    @discardableResult
    private func run(_ command: String, _ arguments: [String]) throws -> String {
        let (status, output) = try Child.run([Self.script, command, folder.path] + arguments)
        guard status == 0 else { throw Failure(description: "node-testbed \(command): \(output)") }
        return output
    }

    package func load(image: String) throws { try run("load", image) }
    package func down() throws { try run("down") }
    package func start(_ unit: String, on machine: String) throws { try run("start", machine, unit) }
    package func stop(_ unit: String, on machine: String) throws { try run("stop", machine, unit) }
    /// A line in the kernel's log of one node.
    package func kernel(_ node: String, _ line: String) throws { try run("kernel", node, line) }

    /// A program in a machine's namespaces.
    @discardableResult
    package func enter(_ machine: String, _ arguments: String...) throws -> (status: Int32, output: String) {
        try Child.run([Self.script, "enter", folder.path, machine] + arguments)
    }

    @discardableResult
    package func kubectl(_ arguments: [String], input: String? = nil) throws -> String {
        let (status, output) = try Child.run(
            ["\(Self.assets)/kubectl", "--kubeconfig", kubeconfig] + arguments, input: input)
        guard status == 0 else { throw Failure(description: "kubectl \(arguments.joined(separator: " ")): \(output)") }
        return output
    }
}
