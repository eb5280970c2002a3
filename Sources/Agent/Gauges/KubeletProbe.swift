import Findings
import RuleEngine

/// Whether the kubelet lives: `/healthz` on port 10248 of loopback or, in a pod, on port 10250 of the node's address,
/// where asking for a password is a sign of life too; and its unit's state.
struct KubeletProbe: Sampler {
    let id = "kubelet"
    let checks = ["KubeletHealthStatus"]
    let periodSeconds = 10.0
    let profile: HostProfile
    let probe: SocketProbe
    private var units: UnitAsker
    private let url: String
    private var history: ProbeHistory?

    /// - Parameter address: the node's, as the Downward API's `status.hostIP` gives it; empty: loopback.
    static func url(_ address: String) -> String {
        if address.isEmpty { return "http://127.0.0.1:10248/healthz" }
        return "https://\(address.contains(":") ? "[\(address)]" : address):10250/healthz"
    }

    init(profile: HostProfile, probe: SocketProbe, units: UnitAsker, url: String = KubeletProbe.url("")) {
        self.profile = profile
        self.probe = probe
        self.units = units
        self.url = url
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        if profile.kubeletUnits.isEmpty {
            return unobserved(.sourceMissing, "no host profile names a kubelet on this host")
        }
        let answer = await probe.kubelet(url: url, timeoutSeconds: context.thresholds.probeTimeoutSeconds)
        var history = history ?? ProbeHistory(wasAlive: context.isActive("KubeletHealthStatus"))
        history.note(answer)
        self.history = history
        let failed = await units.failed(profile.kubeletUnits, "KubeletHealthStatus", context)
        if let (unit, text) = failed.units.first {
            return [SampleOutcome(check: "KubeletHealthStatus", result: .observed([found(context, unit, text)]))]
        }
        let needed = Int(context.thresholds.probeFailures)
        switch answer {
        case .alive(let text):
            return [SampleOutcome(check: "KubeletHealthStatus", result: .observed([]), evidence: text)]
        case .down(let text), .hung(let text):
            guard history.wasAlive else {
                return unobserved(.unreachable, "\(text); it has not answered since the agent started")
            }
            let isDown = history.downs >= needed || history.hangs >= needed || context.isActive("KubeletHealthStatus")
            return [
                SampleOutcome(check: "KubeletHealthStatus", result: .observed(isDown ? [found(context, "", text)] : []))
            ]
        case .missing(let text): return unobserved(.sourceMissing, text)
        case .forbidden(let text): return unobserved(.forbidden, text)
        case .broken(let text): return unobserved(.unreachable, text)
        }
    }

    private func found(_ context: SampleContext, _ subject: String, _ text: String) -> Detection {
        context.detection(
            "KubeletHealthStatus", id, .danger, subject: subject, "kubelet: \(text)")
    }
}
