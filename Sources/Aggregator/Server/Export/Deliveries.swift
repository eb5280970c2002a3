package import Platform
import Synchronization

/// Which sinks were notified of which finding, as long as this process lives: what `ke drill` asks for.
package final class Deliveries: Sendable {
    static let findingsMax = 10_000

    /// `GET /v1/deliveries/FINDING`.
    package struct Answer: Codable, Sendable, Equatable {
        /// All that are configured.
        package var sinks: [String]
        /// When each of them was notified; none: not yet.
        package var notified: [String: Timestamp]

        private enum CodingKeys: String, CodingKey {
            case sinks
            case notified = "told"
        }
    }

    let sinks: [String]
    private let notified = Mutex<[String: [String: Timestamp]]>([:])

    package init(sinks: [String]) { self.sinks = sinks }

    func note(_ findings: [String], sink: String, at now: Timestamp) {
        notified.withLock { notified in
            if notified.count > Self.findingsMax { notified = [:] }
            for finding in findings { notified[finding, default: [:]][sink] = now }
        }
    }

    package func answer(_ finding: String) -> Answer {
        Answer(sinks: sinks, notified: notified.withLock { $0[finding] ?? [:] })
    }
}
