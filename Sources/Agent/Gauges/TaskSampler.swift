import Findings
import Host
import Platform

/// Processes that wait in the kernel (state D) without a move, and zombies that nobody buries.
struct TaskSampler: Sampler {
    let id = "tasks"
    let checks = ["NodeTaskHung", "NodeZombies"]
    let periodSeconds = 10.0
    /// Blocked tasks that are listed one by one.
    private static let listedMax = 20

    private struct Wait {
        var since: Double
        var switches: UInt64?
        var name: String
    }

    private struct Key: Hashable {
        var pid: Int
        var startTime: UInt64
    }

    private var waits: [Key: Wait] = [:]
    private var zombies = Hysteresis()

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let processes: [ProcessTable.Process]
        do throws(SystemError) { processes = try ProcessTable.read(context.host) } catch { return unobserved(error) }
        guard !processes.isEmpty else { return unobserved(.sourceMissing, "\(context.host.proc) shows no process") }
        let blocked = findBlocked(processes, context)
        let dead = processes.filter { $0.state == "Z" }
        let isMany = zombies.update(
            Double(dead.count), over: context.thresholds.zombies,
            needed: Int(context.thresholds.samplesNeeded), clearBelow: 10,
            wasActive: context.isActive("NodeZombies"))
        let parents = Dictionary(grouping: dead, by: \.parent).max {
            ($0.value.count, $1.key) < ($1.value.count, $0.key)
        }
        let parent = parents.map { ", \($0.value.count) of parent \($0.key)" } ?? ""
        let found =
            isMany
            ? [
                context.detection(
                    "NodeZombies", id, .warning,
                    "\(counted(dead.count, "zombie process", plural: "zombie processes"))\(parent)")
            ] : []
        return [
            SampleOutcome(check: "NodeTaskHung", result: .observed(blocked)),
            SampleOutcome(check: "NodeZombies", result: .observed(found)),
        ]
    }

    private mutating func findBlocked(_ processes: [ProcessTable.Process], _ context: SampleContext) -> [Detection] {
        var now: [Key: Wait] = [:]
        var found: [Detection] = []
        // Kernel threads only by the kernel's own line: many sleep in D by design.
        for process in processes where process.state == "D" && !process.isKernelThread {
            let key = Key(pid: process.pid, startTime: process.startTime)
            let switches = ProcessTable.switches(context.host, pid: process.pid)
            if let before = waits[key], before.switches == switches {
                now[key] = before
            } else {
                now[key] = Wait(since: context.uptimeSeconds, switches: switches, name: process.name)
            }
            guard let wait = now[key] else { continue }
            let seconds = context.uptimeSeconds - wait.since
            guard seconds > context.thresholds.taskBlockedSeconds, found.count < Self.listedMax else { continue }
            found.append(
                context.detection(
                    "NodeTaskHung", id, seconds > context.thresholds.taskBlockedDangerSeconds ? .danger : .warning,
                    subject: "\(process.name):\(process.pid)",
                    "task \(process.name) (\(process.pid)) in D state for \(Int(seconds))s"))
        }
        waits = now
        return found
    }
}
