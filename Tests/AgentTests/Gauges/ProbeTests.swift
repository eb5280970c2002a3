import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Gauges
@testable import HTTP
@testable import Host
@testable import Platform
@testable import RuleEngine
@testable import Systemd

@Suite struct ProbeTests {
    private let probe = SocketProbe(http: HTTPClient())

    private func context(_ folder: TemporaryFolder, active: [Detection] = []) -> SampleContext {
        var thresholds = AgentLimits()
        thresholds.probeHangSeconds = 0.3
        thresholds.probeTimeoutSeconds = 0.5
        return SampleContext(
            host: HostRoot(folder.path), node: .node("n"), now: .now(), uptimeSeconds: 1, thresholds: thresholds,
            active: active)
    }

    private func units(_ states: [String: SystemBus.UnitState] = [:]) -> UnitAsker {
        UnitAsker { unit, _ in
            states[unit].map { .success($0) }
                ?? .failure(SystemError(call: "sd_bus_open_system", path: "the system bus", code: 2))
        }
    }

    private func runtime(
        _ folder: TemporaryFolder, looks: Int, cri: Bool = false, _ asker: UnitAsker? = nil,
        between: (Int) throws -> Void = { _ in }
    ) async throws -> [SampleOutcome] {
        var profile = HostProfile(id: "test", when: [])
        if cri { profile.criSockets = ["/run.sock"] } else { profile.dockerSockets = ["/run.sock"] }
        profile.runtimeUnits = ["docker.service"]
        var sampler = RuntimeProbe(profile: profile, probe: probe, units: asker ?? units())
        var last: [SampleOutcome] = []
        for look in 0..<looks {
            try between(look)
            last = await sampler.sample(context(folder))
        }
        return last
    }

    private func found(_ outcomes: [SampleOutcome], _ check: String) -> [Detection]? {
        if case .observed(let found)? = outcomes.first(where: { $0.check == check })?.result { found } else { nil }
    }

    private func reason(_ outcomes: [SampleOutcome], _ check: String) -> UnobservedReason? {
        if case .unobserved(let reason, _)? = outcomes.first(where: { $0.check == check })?.result {
            reason
        } else {
            nil
        }
    }

    @Test func aLivingDockerIsHealthy() async throws {
        let folder = try TemporaryFolder()
        let server = try CannedServer(.unix(folder.path + "/run.sock"), answer: CannedServer.http("200 OK", "OK"))
        #expect(found(try await runtime(folder, looks: 1), "DockerHealthStatus") == [])
        #expect(server.requests.hasPrefix("GET /_ping"))
    }

    @Test(arguments: [("0", true), ("14", false)]) func criAnswersOverGRPC(_ status: String, _ isAlive: Bool)
        async throws
    {
        let folder = try TemporaryFolder()
        let server = try CannedServer(
            .unix(folder.path + "/run.sock"), answer: CannedServer.grpc(status: status), closes: false)
        let answer = await probe.cri(socket: folder.path + "/run.sock", hangSeconds: 1)
        if isAlive {
            #expect(answer == .alive("CRI v1"))
        } else {
            #expect(answer == .down("gRPC status 14, no message"))
        }
        #expect(server.requests.hasPrefix("PRI * HTTP/2.0"))
    }

    @Test func notInstalledNotPermittedAndFailedAreThreeOutcomes() async throws {
        let folder = try TemporaryFolder()
        #expect(reason(try await runtime(folder, looks: 3), "DockerHealthStatus") == .sourceMissing)
        // Refused, but it never answered: nobody's failure.
        try folder.write("", to: "run.sock")
        #expect(reason(try await runtime(folder, looks: 4), "DockerHealthStatus") == .unreachable)
        // It answered, and then refused three times.
        let other = try TemporaryFolder()
        var server: CannedServer? = try CannedServer(
            .unix(other.path + "/run.sock"), answer: CannedServer.http("200 OK", "OK"))
        #expect(server != nil)
        let outcomes = try await runtime(other, looks: 4) { look in if look == 1 { server = nil } }
        #expect(found(outcomes, "DockerHealthStatus")?.map(\.severity) == [.fatal])
        #expect(found(outcomes, "NodeDockerHung") == [])
    }

    @Test func aSocketThatConnectsAndIsSilentIsHungNotDown() async throws {
        let folder = try TemporaryFolder()
        let server = try CannedServer(.unix(folder.path + "/run.sock"), answer: nil)
        let once = try await runtime(folder, looks: 1)
        #expect(found(once, "NodeDockerHung") == [], "one slow answer is none")
        let outcomes = try await runtime(folder, looks: 3)
        #expect(found(outcomes, "NodeDockerHung")?.map(\.severity) == [.danger])
        #expect(found(outcomes, "DockerHealthStatus") == [])
        #expect(server.requests.contains("_ping"))
    }

    @Test func aFailedUnitIsFatalAndAMissingOneIsAnotherRuntimes() async throws {
        let folder = try TemporaryFolder()
        let failed = units(["docker.service": .init(load: "loaded", active: "failed", sub: "failed")])
        #expect(
            found(try await runtime(folder, looks: 1, failed), "DockerHealthStatus")?.first?.message
                == "docker.service is failed (failed)")
        let missing = units(["docker.service": .init(load: "not-found", active: "inactive", sub: "dead")])
        #expect(reason(try await runtime(folder, looks: 1, missing), "DockerHealthStatus") == .sourceMissing)
    }

    @Test func noProfileMeansNobodyLooked() async throws {
        var sampler = RuntimeProbe(profile: HostProfile(id: "", when: []), probe: probe, units: units())
        #expect(reason(await sampler.sample(context(try TemporaryFolder())), "DockerHealthStatus") == .sourceMissing)
        var kubelet = KubeletProbe(profile: HostProfile(id: "", when: []), probe: probe, units: units())
        #expect(reason(await kubelet.sample(context(try TemporaryFolder())), "KubeletHealthStatus") == .sourceMissing)
    }

    @Test func theKubeletIsDangerAfterThreeFailures() async throws {
        var profile = HostProfile(id: "kubeadm", when: [])
        profile.kubeletUnits = ["kubelet.service"]
        var server: CannedServer? = try CannedServer(.tcp, answer: CannedServer.http("200 OK", "ok"))
        let port = try #require(server?.port)
        var sampler = KubeletProbe(
            profile: profile, probe: probe, units: units(), url: "http://127.0.0.1:\(port)/healthz")
        let context = context(try TemporaryFolder())
        #expect(found(await sampler.sample(context), "KubeletHealthStatus") == [])
        server = nil
        #expect(found(await sampler.sample(context), "KubeletHealthStatus") == [])
        _ = await sampler.sample(context)
        #expect(found(await sampler.sample(context), "KubeletHealthStatus")?.map(\.severity) == [.danger])
    }

    /// A real bus, where one can be started: systemd is not on it, which is an error and not "inactive".
    @Test(.enabled(if: Machine.has("/usr/bin/dbus-daemon"))) func asksTheBusForReal() async throws {
        let folder = try TemporaryFolder()
        let address = "unix:path=\(folder.path)/bus"
        let bus = try Child(
            ["/usr/bin/dbus-daemon", "--session", "--nofork", "--address=\(address)"], log: folder.path + "/log")
        defer { bus.end(SIGKILL) }
        #expect(
            await eventually {
                if case .failure(let error) = SystemBus.unitState("kubelet.service", address: address) {
                    error.call.hasPrefix("get ")
                } else {
                    false
                }
            }, "\(bus.log)")
        let answer = SystemBus.unitState("kubelet.service", address: address)
        guard case .failure(let error) = answer else {
            Issue.record("nobody owns systemd's name on this bus, but the answer is \(answer)")
            return
        }
        #expect(error.call == "get LoadState of", "\(error)")
        guard case .failure(let none) = SystemBus.unitState("kubelet.service", address: "unix:path=\(folder.path)/none")
        else {
            Issue.record("there is no bus, but a unit's state was told")
            return
        }
        #expect(none.isMissing || none.code == 111, "\(none)")
    }

    @Test func dnsFailsOnlyWhenTheNameCannotBeResolved() async throws {
        let folder = try TemporaryFolder()
        // Nobody listens there; the name resolves all the same.
        var fine = DNSProbe(http: HTTPClient(), isInCluster: true, name: "localhost")
        #expect(found(await fine.sample(context(folder)), "DNSUnhealthy") == [])
        var broken = DNSProbe(http: HTTPClient(), isInCluster: true, name: "no-such-name.invalid")
        #expect(reason(await broken.sample(context(folder)), "DNSUnhealthy") == .warmingUp)
        _ = await broken.sample(context(folder))
        let failed = try #require(found(await broken.sample(context(folder)), "DNSUnhealthy"))
        #expect(failed.map(\.severity) == [.danger])
        #expect(failed.first?.message.contains("cannot resolve no-such-name.invalid") == true)
        var outside = DNSProbe(http: HTTPClient(), isInCluster: false)
        #expect(reason(await outside.sample(context(folder)), "DNSUnhealthy") == .notConfigured)
    }

    /// Without the bus a unit's cgroup tells: seen with a process, and then three looks without one.
    @Test(arguments: ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd"]) func aUnitsCgroupTellsWithoutTheBus(_ root: String)
        async throws
    {
        let folder = try TemporaryFolder()
        let unit = root + "/system.slice/docker.service"
        let file = root.hasSuffix("systemd") ? "cgroup.procs" : "cgroup.events"
        func set(_ isAlive: Bool) throws {
            let text = root.hasSuffix("systemd") ? (isAlive ? "7\n" : "") : "populated \(isAlive ? 1 : 0)\nfrozen 0\n"
            try folder.write(text, to: String(unit.dropFirst()) + "/" + file)
        }
        // Never seen: another runtime's.
        try folder.write("", to: String(root.dropFirst()) + "/system.slice/x")
        #expect(reason(try await runtime(folder, looks: 5), "DockerHealthStatus") == .sourceMissing)
        try set(true)
        #expect(found(try await runtime(folder, looks: 1), "DockerHealthStatus") == [])
        let two = try await runtime(folder, looks: 3) { look in try set(look == 0) }
        #expect(found(two, "DockerHealthStatus") == [], "two looks are a restart")
        let gone = try await runtime(folder, looks: 4) { look in
            try set(true)
            if look > 0 { try FileManager.default.removeItem(atPath: folder.path + unit) }
        }
        #expect(found(gone, "DockerHealthStatus")?.map(\.message) == ["docker.service has no process left"])
    }

    private func write(_ folder: TemporaryFolder, pid: Int, _ name: String, _ state: Character, _ group: String) throws
    {
        let stat = "\(pid) (\(name)) \(state) 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 \(pid) 0 10"
        try folder.write(stat, to: "proc/\(pid)/stat")
        try folder.write("4:pids:\(group)\n0::\(group)\n", to: "proc/\(pid)/cgroup")
    }

    /// Shims stay in their runtime's cgroup and outlive it.
    @Test(arguments: ["", "/../../.."]) func aRuntimeIsGoneThoughItsShimsAreThere(_ above: String) async throws {
        let folder = try TemporaryFolder()
        let unit = "\(above)/system.slice/docker.service"
        try write(folder, pid: 700, "dockerd", "S", unit)
        try write(folder, pid: 710, "containerd", "S", unit)
        try write(folder, pid: 720, "containerd-shim", "S", unit)
        try write(
            folder, pid: 730, "dockerd", "S", "/kubepods/pod12345678-9abc/0123456789abcdef/system.slice/docker.service")
        let outcomes = try await runtime(folder, looks: 3) { look in
            if look == 1 { try FileManager.default.removeItem(atPath: folder.path + "/proc/700") }
        }
        #expect(found(outcomes, "DockerHealthStatus")?.map(\.message) == ["docker.service has no process left"])
    }

    @Test func aRestartedRuntimeIsHealthy() async throws {
        let folder = try TemporaryFolder()
        try write(folder, pid: 700, "dockerd", "S", "/system.slice/docker.service")
        let outcomes = try await runtime(folder, looks: 5) { look in
            if look == 1 { try FileManager.default.removeItem(atPath: folder.path + "/proc/700") }
            if look == 2 { try write(folder, pid: 900, "dockerd", "S", "/system.slice/docker.service") }
        }
        #expect(found(outcomes, "DockerHealthStatus") == [])
    }

    @Test func aStoppedMainProcessIsAHang() async throws {
        let folder = try TemporaryFolder()
        let unit = "/system.slice/docker.service"
        let once = try await runtime(folder, looks: 2) { look in
            try write(folder, pid: 700, "dockerd", look == 0 ? "S" : "T", unit)
        }
        #expect(found(once, "NodeDockerHung") == nil, "its socket was not asked")
        let outcomes = try await runtime(folder, looks: 3) { look in
            try write(folder, pid: 700, "dockerd", look == 0 ? "S" : "T", unit)
        }
        #expect(found(outcomes, "NodeDockerHung")?.map(\.subject) == ["docker.service"])
        #expect(found(outcomes, "DockerHealthStatus") == [])
    }

    /// Without the overlay that mounts it nobody asks the socket, and a hang is not observed.
    @Test func aSocketThatIsNotMountedNamesTheOverlay() async throws {
        let folder = try TemporaryFolder()
        try write(folder, pid: 700, "containerd", "S", "/system.slice/containerd.service")
        var profile = HostProfile(id: "test", when: [])
        profile.criSockets = ["/run/containerd/containerd.sock"]
        profile.runtimeUnits = ["containerd.service"]
        var sampler = RuntimeProbe(profile: profile, probe: probe, units: units())
        let outcomes = await sampler.sample(context(folder))
        #expect(found(outcomes, "DockerHealthStatus") == [])
        #expect(reason(outcomes, "NodeDockerHung") == .notConfigured)
        guard case .unobserved(_, let text)? = outcomes.last?.result else { return }
        #expect(text.contains("deploy/overlays/probes"))
    }

    /// What breaks in the asking says nothing of who was asked.
    @Test func anExchangeThatBreaksIsNoVerdict() async throws {
        let folder = try TemporaryFolder()
        var server: CannedServer? = try CannedServer(
            .unix(folder.path + "/run.sock"), answer: CannedServer.grpc(status: "0"), closes: false)
        #expect(server != nil)
        let outcomes = try await runtime(folder, looks: 5, cri: true) { look in
            guard look == 1 else { return }
            server = nil
            try? FileManager.default.removeItem(atPath: folder.path + "/run.sock")
            // It answers, and not in HTTP/2.
            server = try CannedServer(
                .unix(folder.path + "/run.sock"), answer: CannedServer.http("200 OK", "OK"), closes: false)
        }
        #expect(found(outcomes, "DockerHealthStatus") == nil)
        #expect(reason(outcomes, "DockerHealthStatus") == .unreachable)
    }

    @Test func theKubeletIsAskedAtTheNodesAddress() {
        #expect(KubeletProbe.url("") == "http://127.0.0.1:10248/healthz")
        #expect(KubeletProbe.url("10.0.0.7") == "https://10.0.0.7:10250/healthz")
        #expect(KubeletProbe.url("fd00::7") == "https://[fd00::7]:10250/healthz")
    }

    /// node-problem-detector's health-checker, as our probe does it. Repair is not done.
    @Test(.enabled(if: Conformance.isPresent)) func asTheHealthCheckerFinds() async throws {
        let cases = try Conformance.cases(kind: "health_checker")
        #expect(cases.count >= 3)
        for item in cases {
            let expect = item["expect"] as? [String: Bool] ?? [:]
            let isHealthy = item["healthy"] as? Bool ?? false
            let server = try CannedServer(
                .tcp, answer: isHealthy ? CannedServer.http("200 OK", "ok") : CannedServer.http("500 Error", "no"))
            let answer = await probe.kubelet(url: "http://127.0.0.1:\(server.port)/healthz", timeoutSeconds: 2)
            let found = if case .alive = answer { true } else { false }
            #expect(found == expect["healthy"], "\(item["name"] ?? "")")
            if expect["repair_called"] == true {
                print("left out: \(item["name"] ?? ""): the component is found unhealthy, and not restarted")
            }
        }
    }
}
