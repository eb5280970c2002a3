import Findings
import Host
import Platform

/// Memory in use (`/proc/meminfo`), judged with `MemAvailable` and by whether anybody waits for memory.
struct MemorySampler: Sampler {
    let id = "memory"
    let checks = ["NodeMemory"]
    let periodSeconds = 10.0
    private var level = Hysteresis()

    func fields(_ text: String) -> [Substring: Double] {
        var fields: [Substring: Double] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count >= 2, let value = Double(parts[1]) else { continue }
            fields[parts[0].dropLast()] = parts.count > 2 ? value * 1024 : value
        }
        return fields
    }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let text: String
        do throws(SystemError) { text = try context.host.text("/proc/meminfo") } catch { return unobserved(error) }
        let memory = fields(text)
        guard let total = memory["MemTotal"], var available = memory["MemAvailable"], total > 0 else {
            return unobserved(.malformed, "/proc/meminfo lacks MemTotal or MemAvailable")
        }
        // Nobody needs to be evicted for these.
        available += (memory["HugePages_Free"] ?? 0) * (memory["Hugepagesize"] ?? 0)
        available += Self.zfsCache(context.host)
        let used = (total - available) / total * 100
        let limits = context.thresholds
        let pressure = try? Pressure.read(context.host, "memory")
        let isTight = available < limits.memoryAvailableBytes || (pressure?.someAvg60 ?? 0) > limits.memoryPressureAvg60
        let isFull = level.update(
            used, over: limits.memoryPercent, needed: Int(limits.samplesNeeded), clearBelow: limits.clearPoints,
            wasActive: context.isActive("NodeMemory"))
        var evidence = "MemTotal \(total.binaryBytes), MemAvailable \(available.binaryBytes)"
        if let pressure { evidence += ", memory pressure some avg60 \(pressure.someAvg60)" }
        guard isFull, isTight else {
            return [SampleOutcome(check: "NodeMemory", result: .observed([]), evidence: evidence)]
        }
        let pod = TopPod.memory(PodUsage.all(context.host))
        let process =
            ProcessTable.largest(context.host).map {
                ", largest: \($0.name) (\($0.pid)) \($0.residentBytes.binaryBytes)"
            } ?? ""
        let detection = context.detection(
            "NodeMemory", id, .warning,
            "memory \(used.tenths)% used (threshold \(limits.memoryPercent.tenths)%)\(pod)\(process)")
        return [SampleOutcome(check: "NodeMemory", result: .observed([detection]), evidence: evidence)]
    }

    /// The ARC shrinks on demand, but is not in MemAvailable (OpenZFS `arcstats`: size, c_min).
    private static func zfsCache(_ host: HostRoot) -> Double {
        guard let text = try? host.text("/proc/spl/kstat/zfs/arcstats") else { return 0 }
        func value(_ name: String) -> Double {
            text.split(separator: "\n").first { $0.hasPrefix(name + " ") }?.split(separator: " ").last.flatMap {
                Double($0)
            } ?? 0
        }
        return max(0, value("size") - value("c_min"))
    }
}
