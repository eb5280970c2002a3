import Findings
import Host
import Platform

/// A kernel table of limited size: how full it is, and the finding when it is nearly full.
struct KernelTable: Sendable {
    enum Reading: Sendable {
        /// - shown: the number of entries for people, where it is not the one that counts.
        case use(Double, shown: Double, of: Double, evidence: String)
        case unobserved(UnobservedReason, String)
    }

    let check: String
    let severity: Severity
    /// The limit of its use, in percent.
    let percentMax: @Sendable (AgentLimits) -> Double
    /// What the entries are: `12 of 100 <noun>`.
    let noun: String
    let read: @Sendable (HostRoot) throws(SystemError) -> Reading
    private var hysteresis = Hysteresis()

    init(
        check: String, severity: Severity, percentMax: @escaping @Sendable (AgentLimits) -> Double, noun: String,
        read: @escaping @Sendable (HostRoot) throws(SystemError) -> Reading
    ) {
        self.check = check
        self.severity = severity
        self.percentMax = percentMax
        self.noun = noun
        self.read = read
    }

    mutating func sample(_ context: SampleContext, by sampler: String) -> SampleOutcome {
        let reading: Reading
        do throws(SystemError) { reading = try read(context.host) } catch {
            reading = .unobserved(error.unobservedReason, error.description)
        }
        switch reading {
        case .unobserved(let reason, let detail):
            return SampleOutcome(check: check, result: .unobserved(reason, detail))
        case .use(let used, let shown, let most, let evidence):
            let percent = used / most * 100
            let isFull = hysteresis.update(
                percent, over: percentMax(context.thresholds), clearBelow: context.thresholds.clearPoints,
                wasActive: context.isActive(check))
            let message = "\(Int(shown)) of \(Int(most)) \(noun) (\(percent.tenths)%)"
            let found =
                isFull ? [context.detection(check, sampler, severity, message)] : []
            return SampleOutcome(check: check, result: .observed(found), evidence: evidence)
        }
    }
}
