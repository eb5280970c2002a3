import Platform

/// What agents need of the catalogue, read once; the rest of it is not kept in an agent's memory.
package struct AgentCatalogue: Sendable {
    /// Values of the limits that gauges and probes go by, by name.
    package let limits: [String: Double]
    /// Phrases of pods' texts with their checks, in the order of the catalogue.
    package let phrases: [(check: String, phrase: CheckPhrase)]

    package static let builtIn = AgentCatalogue(Catalogue(Embedded.files(under: Catalogue.folder)))

    package init(_ catalogue: Catalogue) {
        limits = catalogue.agentLimits.mapValues(\.value)
        phrases = catalogue.entries.compactMap { entry in entry.phrase.map { (entry.id, $0) } }
    }
}
