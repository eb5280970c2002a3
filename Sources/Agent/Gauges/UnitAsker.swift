import Findings
import Host
import Platform
import Systemd

/// Asks systemd about units, each call on a thread of its own. Where the bus cannot be asked, as in a pod without its
/// socket, the host's processes say whether the unit's main process is there, and else the unit's cgroup.
struct UnitAsker: Sendable {
    /// A bus address instead of the system's.
    var address: String?
    var ask: @Sendable (String, String?) -> Result<SystemBus.UnitState, SystemError> = {
        SystemBus.unitState($0, address: $1)
    }
    /// Units that had a process, with the number of consecutive samples that found none.
    private var idleLooks: [String: Int] = [:]
    /// Main processes, with the number of consecutive samples that found them stopped.
    private var stoppedLooks: [String: Int] = [:]
    private var processes = MainProcess()
    /// A process that is gone is gone; the second look is for a unit that is being restarted.
    private static let goneLooks = 2

    init(
        address: String? = nil,
        ask: @escaping @Sendable (String, String?) -> Result<SystemBus.UnitState, SystemError> = {
            SystemBus.unitState($0, address: $1)
        }
    ) {
        self.address = address
        self.ask = ask
    }

    struct Answer: Sendable {
        /// Units that failed, with a sentence.
        var units: [(unit: String, text: String)] = []
        /// Units whose main process is stopped by a signal or a debugger, so that it does nothing.
        var stopped: [(unit: String, text: String)] = []
        var looked = false
        var problem: String?
    }

    /// Only units that are installed count; a missing one is another runtime's.
    /// - Parameter check: whose finding a failed unit is, so that one that was found before is not forgotten.
    mutating func failed(_ units: [String], _ check: String, _ context: SampleContext) async -> Answer {
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
            case .failure(let error): lookAtProcesses(unit, check, context, &answer, error.description)
            case .success(let state) where state.load == "loaded":
                answer.looked = true
                if state.active == "failed" { answer.units.append((unit, "\(unit) is failed (\(state.sub))")) }
            case .success: continue
            }
        }
        return answer
    }

    private mutating func lookAtProcesses(
        _ unit: String, _ check: String, _ context: SampleContext, _ answer: inout Answer, _ problem: String
    ) {
        switch processes.life(of: unit, context.host) {
        case .running(let process):
            note(unit, hasProcess: true, Self.goneLooks, check, context, &answer, problem)
            // T and t of proc_pid_stat(5).
            stoppedLooks[unit] = process.state.lowercased() == "t" ? (stoppedLooks[unit] ?? 0) + 1 : 0
            if (stoppedLooks[unit] ?? 0) >= Self.goneLooks {
                answer.stopped.append(
                    (unit, "the main process of \(unit) (\(process.name), \(process.pid)) is stopped"))
            }
        case .gone: note(unit, hasProcess: false, Self.goneLooks, check, context, &answer, problem)
        case .unknown:
            let needed = Int(context.thresholds.probeFailures)
            note(unit, hasProcess: Self.hasProcess(unit, context.host), needed, check, context, &answer, problem)
        }
    }

    /// A unit that never had a process since the start may be another runtime's.
    /// - Parameter hasProcess: nil: it cannot be seen.
    private mutating func note(
        _ unit: String, hasProcess: Bool?, _ needed: Int, _ check: String, _ context: SampleContext,
        _ answer: inout Answer, _ problem: String
    ) {
        switch hasProcess {
        case true?:
            idleLooks[unit] = 0
            answer.looked = true
        case false? where idleLooks[unit] != nil || context.isActive(check, unit):
            idleLooks[unit] = (idleLooks[unit] ?? needed) + 1
            answer.looked = true
            if (idleLooks[unit] ?? 0) >= needed { answer.units.append((unit, "\(unit) has no process left")) }
        case false?, nil: answer.problem = problem
        }
    }

    /// By cgroup v2's `cgroup.events` or v1's `cgroup.procs` (docs.kernel.org/admin-guide/cgroup-v2.html); nil: the
    /// host's cgroups are not to be seen or not to be read.
    private static func hasProcess(_ unit: String, _ host: HostRoot) -> Bool? {
        for root in ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd"] where Files.exists(host.path(root + "/system.slice")) {
            let folder = "\(root)/system.slice/\(unit)"
            do throws(SystemError) { return try host.text(folder + "/cgroup.events").contains("populated 1") } catch {
                if !error.isMissing { return nil }
            }
            do throws(SystemError) { return try !host.text(folder + "/cgroup.procs").isEmpty } catch {
                return error.isMissing ? false : nil
            }
        }
        return nil
    }

    private static func hostAddress(_ host: HostRoot) -> String? {
        host.prefix.isEmpty ? nil : "unix:path=\(host.path("/run/dbus/system_bus_socket"))"
    }
}
