/// How long to wait before the next try: full-jitter exponential backoff.
///
/// Source of the formula: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015: sleep = random(0, min(cap,
/// base · 2^n)).
package struct Backoff: Sendable {
    package static let baseSeconds = 0.5
    package static let capSeconds = 60.0
    /// A server's `Retry-After` is obeyed up to this.
    package static let retryAfterSecondsMax = 300.0

    package private(set) var failures = 0
    private let random: @Sendable () -> Double

    /// - Parameter random: a number in 0..<1.
    package init(random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }) { self.random = random }

    package mutating func succeeded() { failures = 0 }

    /// Seconds to wait after one more failure. `retryAfter` is the server's request, a lower bound.
    package mutating func nextDelaySeconds(retryAfter: Double? = nil) -> Double {
        let ceiling = min(Self.capSeconds, Self.baseSeconds * Double(1 << min(failures, 10)))
        failures += 1
        let asked = retryAfter.map { $0.isFinite ? min($0, Self.retryAfterSecondsMax) : 0 } ?? 0
        return max(asked, ceiling * random())
    }
}
