import Platform

/// How the reader calls the programs, so that a printed command can be pasted.
package struct Invocation: Hashable, Sendable {
    /// `ke`, `kubectl ke`, `./ke-aggregator`.
    package var program: String
    /// Flags that name the cluster, which kubectl takes too: `--context prod`.
    package var cluster: String
    /// Flags that this program alone has: `--aggregator http://127.0.0.1:7471 --lang zh`.
    package var own: String

    package init(program: String = Names.aggregator, cluster: String = "", own: String = "") {
        self.program = program
        self.cluster = cluster
        self.own = own
    }

    /// A command of the catalogue as this reader has to type it.
    package func typed(_ command: String) -> String {
        var words = command.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        switch words.first {
        case "kubectl" where !cluster.isEmpty:
            words.insert(cluster, at: 1)
            return words.joined(separator: " ")
        case "ke": return ke(words.dropFirst().joined(separator: " "))
        default: return command
        }
    }

    /// - Parameter command: `why node/n1`; one that asks a cluster.
    package func ke(_ command: String) -> String {
        [program, command, cluster, own].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
