package import Platform

/// A rate limit: a burst, then a rate per second.
package struct TokenBucket: Sendable {
    private var level: Double
    private var at: Timestamp

    package init(full burst: Double, at now: Timestamp) {
        level = burst
        at = now
    }

    /// Takes one where there is one.
    /// - Returns: nil when it was taken; else the seconds until there is one.
    package mutating func take(burst: Double, perSecond: Double, at now: Timestamp) -> Double? {
        level = min(burst, level + max(0, now.seconds(since: at)) * perSecond)
        at = now
        guard level >= 1 else { return (1 - level) / perSecond }
        level -= 1
        return nil
    }

    package func isIdle(for seconds: Double, at now: Timestamp) -> Bool { now.seconds(since: at) >= seconds }
}
