import Findings
import Host
import Platform
import RuleEngine

/// Whether the container runtime lives: docker's `/_ping`, CRI `Version`, and the units' state. That it hangs only its
/// socket tells, unless its main process is stopped.
struct RuntimeProbe: Sampler {
    let id = "runtime"
    let checks = ["DockerHealthStatus", "NodeDockerHung"]
    let periodSeconds = 10.0
    let profile: HostProfile
    let probe: SocketProbe
    private var units: UnitAsker
    private var histories: [String: ProbeHistory] = [:]

    init(profile: HostProfile, probe: SocketProbe, units: UnitAsker) {
        self.profile = profile
        self.probe = probe
        self.units = units
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        if profile.id.isEmpty { return unobserved(.sourceMissing, "no host profile matches this host") }
        if profile.criSockets.isEmpty && profile.dockerSockets.isEmpty && profile.runtimeUnits.isEmpty {
            return unobserved(.sourceMissing, "the profile \(profile.id) names no runtime")
        }
        let needed = Int(context.thresholds.probeFailures)
        var down: [Detection] = []
        var hung: [Detection] = []
        var answers: [String] = []
        var looked = false
        var asked = false
        var refusal: (UnobservedReason, String)?
        for (path, isDocker) in profile.dockerSockets.map({ ($0, true) }) + profile.criSockets.map({ ($0, false) }) {
            let socket = context.host.path(path)
            let answer =
                isDocker
                ? await probe.docker(socket: socket, hangSeconds: context.thresholds.probeHangSeconds)
                : await probe.cri(socket: socket, hangSeconds: context.thresholds.probeHangSeconds)
            var history =
                histories[path]
                ?? ProbeHistory(
                    wasAlive: context.isActive("DockerHealthStatus", path) || context.isActive("NodeDockerHung", path))
            history.note(answer)
            histories[path] = history
            switch answer {
            case .alive(let text):
                looked = true
                asked = true
                answers.append("\(path): \(text)")
            case .down(let text):
                looked = looked || history.wasAlive
                asked = asked || history.wasAlive
                if !history.wasAlive {
                    refusal = (.unreachable, "\(text); it has not answered since the agent started")
                }
                if history.wasAlive, history.downs >= needed || context.isActive("DockerHealthStatus", path) {
                    down.append(
                        context.detection("DockerHealthStatus", id, .fatal, subject: path, text))
                }
            case .hung(let text):
                looked = true
                asked = true
                if history.hangs >= needed || context.isActive("NodeDockerHung", path) {
                    hung.append(
                        context.detection("NodeDockerHung", id, .danger, subject: path, text))
                }
            case .missing(let text): refusal = refusal ?? Self.missing(path, text, context.host)
            case .forbidden(let text): refusal = (.forbidden, text)
            case .broken(let text): refusal = (.unreachable, text)
            }
        }
        let failed = await units.failed(profile.runtimeUnits, "DockerHealthStatus", context)
        looked = looked || failed.looked
        for (unit, text) in failed.units {
            down.append(context.detection("DockerHealthStatus", id, .fatal, subject: unit, text))
        }
        for (unit, text) in failed.stopped {
            hung.append(context.detection("NodeDockerHung", id, .danger, subject: unit, text))
        }
        guard looked else {
            return unobserved(refusal?.0 ?? .sourceMissing, refusal?.1 ?? failed.problem ?? "nothing answered")
        }
        let evidence = answers.joined(separator: "; ")
        let hangs: SampleOutcome.Result =
            asked || !hung.isEmpty
            ? .observed(hung) : .unobserved(refusal?.0 ?? .sourceMissing, refusal?.1 ?? "no socket was asked")
        return [
            SampleOutcome(check: "DockerHealthStatus", result: .observed(down), evidence: evidence),
            SampleOutcome(check: "NodeDockerHung", result: hangs, evidence: evidence),
        ]
    }

    /// In a pod without the socket's folder nobody wanted the socket to be asked.
    private static func missing(_ path: String, _ text: String, _ host: HostRoot) -> (UnobservedReason, String) {
        let folder = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        let isMounted = host.prefix.isEmpty || Files.exists(host.path(String(folder)))
        return isMounted
            ? (.sourceMissing, text)
            : (.notConfigured, "\(text): runtimes are asked with deploy/overlays/probes only")
    }
}
