import Findings
import Host
import Platform

/// Whether the node's clock is synchronised, and how far it is off.
struct ClockSampler: Sampler {
    let id = "clock"
    let checks = ["NodeClockSkew"]
    let periodSeconds = 60.0
    private let read: @Sendable () -> Result<ClockState, SystemError>
    private var unsynchronisedSince: Double?

    init(
        read: @escaping @Sendable () -> Result<ClockState, SystemError> = {
            Result { () throws(SystemError) in try ClockState.read() }
        }
    ) {
        self.read = read
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let state: ClockState
        switch read() {
        case .failure(let error): return unobserved(error)
        case .success(let value): state = value
        }
        let limits = context.thresholds
        let offset = abs(state.offsetSeconds)
        unsynchronisedSince = state.isSynchronised ? nil : unsynchronisedSince ?? context.uptimeSeconds
        let unsynchronised = unsynchronisedSince.map { context.uptimeSeconds - $0 } ?? 0
        var found: [Detection] = []
        if offset > limits.clockOffsetSeconds {
            found.append(
                context.detection(
                    "NodeClockSkew", id, offset > limits.clockOffsetDangerSeconds ? .danger : .warning,
                    "the clock is \(offset.tenths)s off"))
        } else if unsynchronised > limits.clockUnsynchronisedSeconds
            || context.isActive("NodeClockSkew") && !state.isSynchronised
        {
            found.append(
                context.detection(
                    "NodeClockSkew", id, .warning,
                    "the clock has not been synchronised for \(GoDuration.brief(max(unsynchronised, limits.clockUnsynchronisedSeconds)))"
                ))
        }
        return [
            SampleOutcome(
                check: "NodeClockSkew", result: .observed(found),
                evidence: "synchronised \(state.isSynchronised), offset \(state.offsetSeconds)s")
        ]
    }
}
