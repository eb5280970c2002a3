import Shared

/// Limits of the agents' gauges and probes, by the checks that they decide. They are set like those of the cluster's
/// checks, and travel to the agents with the answer to their next batch (`Instructions.thresholds`).
enum AgentThresholds {
    static let all: [(check: String, threshold: CheckThreshold)] = [
        entry("NodeMemory", "memoryPercent", "percent used", "使用百分比"),
        entry("NodeMemory", "memoryAvailableBytes", "bytes available, below which it counts", "可用字节数低于此值才计"),
        entry("NodeMemory", "memoryPressureAvg60", "memory stall in percent, average of 60 s", "内存停顿百分比（60 秒均值）"),
        entry(
            "NodeMemory", "samplesNeeded", "looks over the limit in a row; of disks and zombies too",
            "连续超限次数（也用于磁盘与僵尸进程）"),
        entry("NodeMemory", "clearPoints", "points below the limit at which a percentage clears", "低于阈值多少个百分点后解除"),
        entry("NodeCPU", "cpuPercent", "percent busy over 5 min", "5 分钟繁忙百分比"),
        entry("NodeCPU", "cpuPressureAvg300", "CPU stall in percent, average of 300 s", "CPU 停顿百分比（300 秒均值）"),
        entry("NodeDisk", "diskPercent", "percent of space or inodes used", "空间或 inode 使用百分比"),
        entry("NodeDisk", "diskDangerPercent", "percent used: danger", "使用百分比：danger"),
        entry("NodeFDExhaustion", "filesPercent", "percent of fs.file-max", "fs.file-max 百分比"),
        entry("NodePIDExhaustion", "tasksPercent", "percent of the limit of tasks", "任务数上限百分比"),
        entry("NodeConntrackNearFull", "conntrackPercent", "percent of the table", "连接跟踪表百分比"),
        entry("NodeTaskHung", "taskBlockedSeconds", "seconds in uninterruptible sleep", "不可中断睡眠秒数"),
        entry("NodeTaskHung", "taskBlockedDangerSeconds", "seconds: danger", "秒数：danger"),
        entry("NodeZombies", "zombies", "zombie processes", "僵尸进程数"),
        entry("NodeClockSkew", "clockOffsetSeconds", "seconds off", "时钟偏差秒数"),
        entry("NodeClockSkew", "clockOffsetDangerSeconds", "seconds off: danger", "时钟偏差秒数：danger"),
        entry("NodeClockSkew", "clockUnsynchronisedSeconds", "seconds without synchronisation", "未同步秒数"),
        entry("NodePressureStall", "pressureMemoryFullAvg300", "memory, full, average of 300 s", "内存 full（300 秒均值）"),
        entry("NodePressureStall", "pressureIOFullAvg300", "I/O, full, average of 300 s", "I/O full（300 秒均值）"),
        entry("NodePressureStall", "pressureCPUSomeAvg300", "CPU, some, average of 300 s", "CPU some（300 秒均值）"),
        entry("CertExpiring", "certificateDays", "days left of files on nodes: warning", "节点证书文件剩余天数：warning"),
        entry("CertExpiring", "certificateDangerDays", "days left of files on nodes: danger", "节点证书文件剩余天数：danger"),
        entry("DockerHealthStatus", "probeTimeoutSeconds", "seconds until a probe gives up", "探测超时秒数"),
        entry("DockerHealthStatus", "probeHangSeconds", "seconds until a runtime counts as hung", "运行时判定为挂起的秒数"),
        entry(
            "DockerHealthStatus", "probeFailures", "failed probes in a row; the kubelet's too", "连续探测失败次数（也用于 kubelet）"),
    ]

    private static func entry(_ check: String, _ name: String, _ en: String, _ zh: String) -> (String, CheckThreshold) {
        let defaults = NodeThresholds()
        let path = NodeThresholds.fields.first { $0.name == name }?.path
        return (
            check, CheckThreshold(name: name, value: path.map { defaults[keyPath: $0] } ?? 0, meaning: .init(en, zh))
        )
    }

    /// What is wrong with a value for a threshold; nil: nothing. Of the cluster's checks zero means at once.
    static func problem(_ name: String, _ value: Double?) -> String? {
        guard let value else { return "a number is expected" }
        if all.contains(where: { $0.threshold.name == name }) {
            return value > 0 ? nil : "a number above zero is expected"
        }
        return value >= 0 ? nil : "a number of zero or more is expected"
    }

    static func of(_ check: String) -> [CheckThreshold] { all.filter { $0.check == check }.map(\.threshold) }

    /// What a configuration sets for all nodes.
    static func values(_ settings: CheckSettings) -> [String: Double] {
        all.reduce(into: [:]) { values, entry in
            if let value = settings.thresholds[entry.check]?[entry.threshold.name] {
                values[entry.threshold.name] = value
            }
        }
    }
}
