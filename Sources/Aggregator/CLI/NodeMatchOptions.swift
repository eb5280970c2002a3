import ArgumentParser
import CheckModel
import Platform

/// The nodes that an override applies to, for the commands that write one.
struct NodeMatchOptions: ParsableArguments {
    @Option(help: "Only on this node; * stands for anything. May be repeated.")
    var node: [String] = []

    @Option(help: "Only on nodes with this label, key=value. May be repeated.")
    var nodeSelector: [String] = []

    func apply(to entry: inout OverrideSet.Entry) throws {
        entry.nodes = node
        entry.nodeSelector = try Self.labels(nodeSelector)
    }

    /// - Throws: `CommandFailure` for a label without `=`.
    static func labels(_ selectors: [String]) throws -> [String: String] {
        var labels: [String: String] = [:]
        for label in selectors {
            let parts = label.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw CommandFailure(message: "--node-selector must be key=value; '\(label)' is not valid.")
            }
            labels[parts[0]] = parts[1]
        }
        return labels
    }
}
