import Shared

/// Whether the container runtime lives: docker's `/_ping`, CRI `Version`, and the units' state.
struct RuntimeProbe: Sampler {
    let id = "runtime"
    let checks = ["DockerHealthStatus", "NodeDockerHung"]
    let periodSeconds = 10.0
    let profile: HostProfile
    let probe: SocketProbe
    let units: UnitAsker
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
                answers.append("\(path): \(text)")
            case .down(let text):
                looked = looked || history.wasAlive
                if !history.wasAlive { refusal = (.unreachable, "\(text); it never answered since the agent started") }
                if history.wasAlive, history.downs >= needed || context.isActive("DockerHealthStatus", path) {
                    down.append(
                        context.detection("DockerHealthStatus", id, .fatal, subject: path, text, remedy: Self.remedy))
                }
            case .hung(let text):
                looked = true
                if history.hangs >= needed || context.isActive("NodeDockerHung", path) {
                    hung.append(
                        context.detection("NodeDockerHung", id, .danger, subject: path, text, remedy: Self.remedy))
                }
            case .missing(let text): refusal = refusal ?? (.sourceMissing, text)
            case .forbidden(let text): refusal = (.forbidden, text)
            }
        }
        let failed = await units.failed(profile.runtimeUnits, context)
        looked = looked || failed.looked
        for (unit, text) in failed.units {
            down.append(context.detection("DockerHealthStatus", id, .fatal, subject: unit, text, remedy: Self.remedy))
        }
        guard looked else {
            return unobserved(refusal?.0 ?? .sourceMissing, refusal?.1 ?? failed.problem ?? "nothing answered")
        }
        let evidence = answers.joined(separator: "; ")
        return [
            SampleOutcome(check: "DockerHealthStatus", result: .observed(down), evidence: evidence),
            SampleOutcome(check: "NodeDockerHung", result: .observed(hung), evidence: evidence),
        ]
    }

    private static let remedy = "Check the runtime's journal and disk, restart it; unit missing: rejoin the node."
}

/// Asks systemd about units, each call on a thread of its own.
struct UnitAsker: Sendable {
    /// A bus address instead of the system's.
    var address: String?
    var ask: @Sendable (String, String?) -> Result<SystemBus.UnitState, SystemError> = {
        SystemBus.unitState($0, address: $1)
    }

    struct Answer: Sendable {
        /// Units that systemd calls failed, with a sentence.
        var units: [(unit: String, text: String)] = []
        var looked = false
        var problem: String?
    }

    /// Only units that are installed count; a missing one is another runtime's.
    func failed(_ units: [String], _ context: SampleContext) async -> Answer {
        var answer = Answer()
        for unit in units {
            let ask = ask, address = address ?? Self.hostAddress(context.host)
            guard
                let result = await Deadline.run(seconds: context.thresholds.probeTimeoutSeconds, { ask(unit, address) })
            else {
                answer.problem = "systemd did not answer for \(unit)"
                continue
            }
            switch result {
            case .failure(let error): answer.problem = error.description
            case .success(let state) where state.load == "loaded":
                answer.looked = true
                if state.active == "failed" { answer.units.append((unit, "\(unit) is failed (\(state.sub))")) }
            case .success: continue
            }
        }
        return answer
    }

    private static func hostAddress(_ host: HostRoot) -> String? {
        host.prefix.isEmpty ? nil : "unix:path=\(host.path("/run/dbus/system_bus_socket"))"
    }
}
