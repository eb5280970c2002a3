import Findings
import Host
import Platform

/// Counters of the cgroups: who was killed for memory, or could not fork, though the log says nothing of it.
///
/// cgroup v2 `memory.events` (oom_kill, oom_group_kill) and `pids.events` (max); v1 `memory.oom_control` (oom_kill) and
/// `pids.events`. The kernel logs the pids limit once per cgroup, and rate-limits OOM dumps.
struct CgroupSampler: Sampler {
    let id = "cgroup-counters"
    let checks = ["NodeOOM", "NodePIDExhaustion"]
    let periodSeconds = 60.0
    static let heldSeconds = 3600.0
    /// Folders looked at in one walk, and how deep.
    private static let foldersMax = 5000
    private static let depthMax = 7

    private struct Rise {
        var count: Double
        var at: Timestamp
    }

    private var last: [String: Double] = [:]
    private var rises: [String: Rise] = [:]
    private var isFirstLook = true

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let root = context.host.path("/sys/fs/cgroup")
        guard Files.exists(root) else { return unobserved(.sourceMissing, "no \(root)") }
        var seen: [String: Double] = [:]
        var folders = 0
        var problem: SystemError?
        for hierarchy in ["", "/memory", "/pids", "/unified"] where hierarchy.isEmpty || Files.exists(root + hierarchy)
        {
            Self.walk(root + hierarchy, "", Self.depthMax, &folders, &problem) { folder, cgroup, problem in
                for (file, field) in [
                    ("memory.events", "oom_kill"), ("memory.oom_control", "oom_kill"), ("pids.events", "max"),
                ] {
                    guard let text = Self.text("\(folder)/\(file)", &problem),
                        let line = text.split(separator: "\n").first(where: { $0.hasPrefix(field + " ") }),
                        let value = line.split(separator: " ").last.flatMap({ Double($0) })
                    else { continue }
                    seen["\(field)|\(cgroup)"] = value
                }
            }
        }
        if seen.isEmpty, let problem { return unobserved(problem) }
        for (key, value) in seen {
            let before = last[key] ?? (isFirstLook ? value : 0)
            if value > before { rises[key] = Rise(count: (rises[key]?.count ?? 0) + value - before, at: context.now) }
        }
        last = seen
        isFirstLook = false
        rises = rises.filter { context.now.seconds(since: $0.value.at) <= Self.heldSeconds }
        return [outcome("NodeOOM", "oom_kill", context), outcome("NodePIDExhaustion", "max", context)]
    }

    private func outcome(_ check: String, _ field: String, _ context: SampleContext) -> SampleOutcome {
        let found = rises.filter { $0.key.hasPrefix(field + "|") }.sorted { $0.key < $1.key }.map { key, rise in
            let cgroup = String(key.dropFirst(field.count + 1))
            return field == "max"
                ? context.detection(
                    check, id, .warning, subject: cgroup,
                    "\(counted(Int(rise.count), "fork")) \(rise.count == 1 ? "was" : "were") refused by the pids limit of \(cgroup)"
                )
                : context.detection(
                    check, id, .info, subject: "counter:\(cgroup)",
                    "\(counted(Int(rise.count), "process", plural: "processes")) of \(cgroup) \(rise.count == 1 ? "was" : "were") killed for memory (its counter)"
                )
        }
        return SampleOutcome(check: check, result: .observed(found))
    }

    /// Cgroups come and go, and not each has every file; the first other trouble is kept.
    private static func text(_ path: String, _ problem: inout SystemError?) -> String? {
        do throws(SystemError) { return try Files.text(path) } catch {
            if !error.isMissing { problem = problem ?? error }
            return nil
        }
    }

    private static func walk(
        _ folder: String, _ cgroup: String, _ depth: Int, _ folders: inout Int, _ problem: inout SystemError?,
        _ look: (String, String, inout SystemError?) -> Void
    ) {
        guard depth > 0, folders < foldersMax else { return }
        folders += 1
        look(folder, cgroup.isEmpty ? "/" : cgroup, &problem)
        let names: [String]
        do throws(SystemError) { names = try Files.names(in: folder) } catch {
            if !error.isMissing { problem = problem ?? error }
            return
        }
        for name in names
        where !name.contains(".") || name.hasSuffix(".slice") || name.hasSuffix(".scope") || name.hasSuffix(".service")
        {
            if depth == depthMax, ["memory", "pids", "unified", "cpu", "cpuset", "systemd"].contains(name) { continue }
            walk("\(folder)/\(name)", "\(cgroup)/\(name)", depth - 1, &folders, &problem, look)
        }
    }
}
