import Findings

/// The catalogue's mechanisms by the checks at both of their ends.
struct CauseTable: Sendable {
    struct Incoming: Sendable {
        /// Place in `mechanisms`.
        var mechanism: Int
        /// The effect's reason; empty: any.
        var reasons: Set<String>
    }

    struct Check: Sendable {
        var rank = Int.max
        /// Places of the mechanisms by which it causes others.
        var causes: [Int] = []
        var incoming: [Incoming] = []
    }

    static let builtIn = CauseTable(.builtIn)

    let mechanisms: [Mechanism]
    private let checks: [String: Check]

    init(_ catalogue: Catalogue) {
        mechanisms = catalogue.mechanisms
        var places: [String: Int] = [:]
        for (place, mechanism) in mechanisms.enumerated() { places[mechanism.id] = place }
        var checks: [String: Check] = [:]
        for entry in catalogue.entries {
            var check = Check(rank: entry.rank ?? .max, causes: entry.causes.compactMap { places[$0] })
            for (place, mechanism) in catalogue.mechanisms.enumerated() {
                let effects = mechanism.effects.filter { $0.name == entry.id || $0.name == entry.trouble }
                guard !effects.isEmpty else { continue }
                let isWhole = effects.contains { $0.reason.isEmpty }
                check.incoming.append(
                    Incoming(mechanism: place, reasons: isWhole ? [] : Set(effects.map(\.reason))))
            }
            checks[entry.id] = check
        }
        self.checks = checks
    }

    /// Of a check that the catalogue does not have, a user's own rule, nothing.
    subscript(check: String) -> Check { checks[check] ?? Check() }
}
