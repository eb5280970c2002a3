package import ClusterIndex
import Findings
package import KubernetesAPI
import Regex

package struct NodeOOMCheck: EventCheck {
    package let id = "NodeOOM"
    package let scopes: ClusterScope.Kinds = .nodes
    package let needs: [ClusterKind] = [.events]
    package let alsoReads: [ClusterKind] = [.pods, .deployments, .jobs]

    package let claims = [
        EventClaim(reasons: ["SystemOOM", "OOMKilling"], kinds: ["Node"]),
        EventClaim(
            pattern:
                #"(?:Memory cgroup out|Out) of memory(?: \(oom_kill_allocating_task\))?: Kill(?:ed)? process \d+ \("#,
            kinds: ["Node"]),
    ]

    private static let pid = LazyRegex(#"(?:[Kk]ill(?:ed)? process |pid: )(?P<pid>\d+)"#)

    package func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        for event in view.warnings(of: id) {
            let name = event.node
            let pid = Self.pid(of: event.message)
            let isContainer = event.message.contains("Memory cgroup out of memory")
            out.event(
                isContainer ? .warning : .danger, event, view.index.nodes[name]?.reference ?? .node(name),
                subject: pid.map { "pid \($0)" } ?? "", node: name, view)
        }
    }

    /// The process that a text says was killed.
    package static func pid(of text: String) -> String? { pid.compiled?.captures(in: text)?["pid"] }
}
