import Findings
package import Platform

/// A version on a node that became another one. The API says only what is; the aggregator remembers what was.
package struct NodeChange: Codable, Sendable, Equatable {
    package var node: String
    /// `kernel`, `os`, `kubelet` or `runtime`.
    package var what: String
    package var old: String
    package var new: String
    /// When the aggregator saw it.
    package var time: Timestamp

    package init(node: String, what: String, old: String, new: String, time: Timestamp) {
        self.node = node
        self.what = what
        self.old = old
        self.new = new
        self.time = time
    }
}
