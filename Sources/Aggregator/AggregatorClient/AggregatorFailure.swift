/// Why an aggregator gave no answer.
package struct AggregatorFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// There is no aggregator in this cluster.
        case absent
        /// No answer came.
        case unreachable
        /// It answered with another status than 200.
        case refused(status: Int)
        /// It answered with something that is not of this version.
        case malformed
    }

    package let kind: Kind
    /// An address; nil: the aggregator that is installed in the cluster.
    let address: String?
    /// The reason alone, for a sentence of the caller's.
    package let reason: String

    /// It is of an earlier version, which does not know of something that was asked for.
    package var isUnknownParameter: Bool {
        kind == .refused(status: 400) && reason.contains("is not a valid parameter")
    }

    /// It is of an earlier version, which does not have this path. Its other refusals say why.
    package var isUnknownPath: Bool { kind == .refused(status: 404) && reason.isEmpty }

    /// The node that was asked for is known to neither side.
    package var isUnknownNode: Bool { kind == .refused(status: 404) && reason.hasPrefix("No node named") }

    /// A message for people: what happened, where, and what to do next.
    package var description: String {
        let name = address.map { "The aggregator at \($0)" } ?? "The aggregator in the cluster"
        return switch kind {
        case .absent: "There is no aggregator in this cluster; `ke install` installs one."
        case .unreachable where address == nil: "\(name) could not be reached: \(reason)"
        case .unreachable:
            "\(name) does not answer: \(reason). Start it with `ke-aggregator serve`, or name another with --aggregator."
        case .refused(let status): "\(name) answered HTTP \(status): \(reason)"
        case .malformed: "\(name) does not answer as a KubeEye aggregator of this version."
        }
    }
}
