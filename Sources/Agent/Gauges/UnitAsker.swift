import Findings
import Host
import Platform
import Systemd

/// Asks systemd about units, each call on a thread of its own. Where the bus cannot be asked, as in a pod without its
/// socket, the unit's cgroup says whether it has a process.
struct UnitAsker: Sendable {
    /// A bus address instead of the system's.
    var address: String?
    var ask: @Sendable (String, String?) -> Result<SystemBus.UnitState, SystemError> = {
        SystemBus.unitState($0, address: $1)
    }
    /// Units that had a process, with the number of consecutive samples that found none.
    private var idleLooks: [String: Int] = [:]

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
            case .failure(let error): lookAtCgroup(unit, check, context, &answer, error.description)
            case .success(let state) where state.load == "loaded":
                answer.looked = true
                if state.active == "failed" { answer.units.append((unit, "\(unit) is failed (\(state.sub))")) }
            case .success: continue
            }
        }
        return answer
    }

    /// A unit that never had a process since the start may be another runtime's.
    private mutating func lookAtCgroup(
        _ unit: String, _ check: String, _ context: SampleContext, _ answer: inout Answer, _ problem: String
    ) {
        let needed = Int(context.thresholds.probeFailures)
        switch Self.hasProcess(unit, context.host) {
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
