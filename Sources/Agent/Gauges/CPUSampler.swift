import Findings
import Host
import Platform

/// CPU in use over a sliding five minutes, from deltas of `/proc/stat`; never the mean since boot.
struct CPUSampler: Sampler {
    let id = "cpu"
    let checks = ["NodeCPU"]
    let periodSeconds = 10.0
    static let windowSamples = 30
    static let neededSamples = 24

    struct Times: Equatable, Sendable {
        var busy: Double
        var steal: Double
        var total: Double

        /// The `cpu` line: user nice system idle iowait irq softirq steal guest guest_nice (proc_stat(5)). Guest time
        /// is part of user and is not added twice.
        init?(_ text: String) {
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("cpu ") }) else { return nil }
            let values = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
            guard values.count >= 5 else { return nil }
            total = values.reduce(0, +)
            busy = total - values[3] - values[4]
            steal = values.count > 7 ? values[7] : 0
        }
    }

    private var window: [Times] = []
    private var isFiring = Hysteresis()
    /// What pods had used at the last look, and when; only read while it fires.
    private var usage: (pods: [String: PodUsage], uptimeSeconds: Double)?

    /// Busy and stolen share of two readings in percent; a counter that fell counts as no time.
    static func share(from old: Times, to new: Times) -> (busy: Double, steal: Double)? {
        let total = new.total - old.total
        guard total > 0 else { return nil }
        return (max(0, new.busy - old.busy) / total * 100, max(0, new.steal - old.steal) / total * 100)
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let text: String
        do throws(SystemError) { text = try context.host.text("/proc/stat") } catch { return unobserved(error) }
        guard let now = Times(text) else { return unobserved(.malformed, "/proc/stat has no cpu line") }
        window.append(now)
        if window.count > Self.windowSamples { window.removeFirst() }
        guard window.count >= Self.neededSamples, let share = Self.share(from: window[0], to: now) else {
            return unobserved(.warmingUp, "\(window.count) of \(Self.neededSamples) samples of the 5 min window")
        }
        let limits = context.thresholds
        let pressure = try? Pressure.read(context.host, "cpu")
        var evidence = "busy \(share.busy.tenths)%, steal \(share.steal.tenths)%"
        if let pressure { evidence += ", cpu pressure some avg300 \(pressure.someAvg300)" }
        guard
            isFiring.update(
                share.busy, over: limits.cpuPercent, clearBelow: limits.clearPoints,
                wasActive: context.isActive("NodeCPU"))
        else {
            usage = nil
            return [SampleOutcome(check: "NodeCPU", result: .observed([]), evidence: evidence)]
        }
        let pods = PodUsage.all(context.host)
        let top =
            usage.map { TopPod.cpu(from: $0.pods, to: pods, seconds: context.uptimeSeconds - $0.uptimeSeconds) } ?? ""
        usage = (pods, context.uptimeSeconds)
        // Busy without anybody waiting is a well-used node.
        let isStalled = pressure.map { $0.someAvg300 > limits.cpuPressureAvg300 } ?? true
        let detection = context.detection(
            "NodeCPU", id, isStalled ? .warning : .info,
            "cpu \(share.busy.tenths)% busy over 5m (steal \(share.steal.tenths)%)\(top)")
        return [SampleOutcome(check: "NodeCPU", result: .observed([detection]), evidence: evidence)]
    }
}
