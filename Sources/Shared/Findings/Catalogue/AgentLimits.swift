/// The limits that gauges and probes go by: the catalogue's, changed by the agent's configuration and by what the
/// aggregator's overrides say of this node. A gauge reads one by its name: `limits.diskPercent`.
@dynamicMemberLookup
package struct AgentLimits: Equatable, Sendable {
    /// The catalogue's values.
    package static let defaults = AgentCatalogue.builtIn.limits

    private var values: [String: Double]

    package init() { values = Self.defaults }

    /// Names that the catalogue does not have are a mistake that a test over the gauges' sources finds; nothing is ever
    /// over such a limit.
    package subscript(dynamicMember name: String) -> Double {
        get { values[name] ?? .infinity }
        set { values[name] = newValue }
    }

    package subscript(_ name: String) -> Double? { values[name] }

    /// With some of them changed. Names that are not known, which a newer aggregator may send, change nothing.
    package func changed(by other: [String: Double]) -> AgentLimits {
        var copy = self
        for (name, value) in other where values[name] != nil && value > 0 && value.isFinite {
            copy.values[name] = value
        }
        return copy
    }
}
