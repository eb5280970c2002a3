package import Platform
import Regex

/// A number that a configuration or an override may set for a check.
package struct CheckLimit: Sendable, Equatable {
    package enum Unit: String, CaseIterable, Sendable {
        case percent, points, seconds, minutes, hours, days, bytes, count

        /// The largest value that makes sense.
        package var max: Double {
            switch self {
            case .percent, .points: 100
            case .seconds: 86_400 * 366
            case .minutes: 1440 * 366
            case .hours: 24 * 366
            case .days: 36_600
            case .bytes: 1e18
            case .count: 1_000_000_000
            }
        }
    }

    /// As YAML names it: `minutes`, `diskPercent`.
    package var name: String
    package var value: Double
    package var unit: Unit
    /// A gauge's or a probe's: it travels to the agents (`Instructions.thresholds`), and zero is no value for it.
    package var isOfAgents: Bool
    package var meaning: LocalText

    package init(name: String, value: Double, unit: Unit, isOfAgents: Bool, meaning: LocalText) {
        self.name = name
        self.value = value
        self.unit = unit
        self.isOfAgents = isOfAgents
        self.meaning = meaning
    }

    /// What is wrong with another value for it; nil: nothing. Of the cluster's checks zero means at once.
    package func problem(with value: Double?) -> String? {
        if isOfAgents, !(value.map { $0 > 0 } ?? false) { return "a number above zero is expected" }
        guard let value, value.isFinite else { return "a number is expected" }
        if value < 0 { return "a number of zero or more is expected" }
        if value > unit.max { return "at most \(Int(unit.max)) \(unit.rawValue) are expected" }
        return nil
    }
}
