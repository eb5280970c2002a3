package import Platform
import Synchronization

/// Which sinks were notified of which finding, as long as this process lives: what `ke drill` asks for.
package final class Deliveries: Sendable {
    static let findingsMax = 10_000

    /// `GET /v1/deliveries/FINDING`.
    package struct Answer: Codable, Sendable, Equatable {
        /// All that are configured.
        package var sinks: [String]
        package var told: [String: Timestamp]
    }

    let sinks: [String]
    private let told = Mutex<[String: [String: Timestamp]]>([:])

    package init(sinks: [String]) { self.sinks = sinks }

    func note(_ findings: [String], sink: String, at now: Timestamp) {
        told.withLock { told in
            if told.count > Self.findingsMax { told = [:] }
            for finding in findings { told[finding, default: [:]][sink] = now }
        }
    }

    package func answer(_ finding: String) -> Answer {
        Answer(sinks: sinks, told: told.withLock { $0[finding] ?? [:] })
    }
}
