/// Limits of the samplers; defaults from CHECKS.md, each settable under `thresholds:` in the configuration.
public struct NodeThresholds: Equatable, Sendable {
    public var memoryPercent = 90.0
    public var memoryAvailableBytes = 8.0 * 1_073_741_824
    public var memoryPressureAvg60 = 5.0
    public var cpuPercent = 90.0
    public var cpuPressureAvg300 = 20.0
    public var diskPercent = 90.0
    public var diskDangerPercent = 95.0
    public var filesPercent = 90.0
    public var tasksPercent = 90.0
    public var conntrackPercent = 85.0
    public var taskBlockedSeconds = 120.0
    public var taskBlockedDangerSeconds = 600.0
    public var zombies = 100.0
    public var clockOffsetSeconds = 1.0
    public var clockOffsetDangerSeconds = 5.0
    public var clockUnsynchronisedSeconds = 3600.0
    public var pressureMemoryFullAvg300 = 10.0
    public var pressureIOFullAvg300 = 40.0
    public var pressureCPUSomeAvg300 = 60.0
    public var certificateDays = 30.0
    public var certificateDangerDays = 7.0
    public var probeTimeoutSeconds = 5.0
    public var probeHangSeconds = 10.0
    public var probeFailures = 3.0
    /// A percentage that fired clears this far below its limit.
    public var clearPoints = 5.0
    /// Looks over the limit in a row before memory, disks and zombies fire.
    public var samplesNeeded = 3.0

    public init() {}

    /// With some of them changed. Names that are not known, which a newer aggregator may send, change nothing.
    public func changed(by values: [String: Double]) -> NodeThresholds {
        var made = self
        for (name, path) in Self.fields {
            if let value = values[name], value > 0 { made[keyPath: path] = value }
        }
        return made
    }

    /// Name in the configuration and place.
    public static var fields: [(name: String, path: WritableKeyPath<NodeThresholds, Double>)] {
        [
            ("memoryPercent", \.memoryPercent), ("memoryAvailableBytes", \.memoryAvailableBytes),
            ("memoryPressureAvg60", \.memoryPressureAvg60), ("cpuPercent", \.cpuPercent),
            ("cpuPressureAvg300", \.cpuPressureAvg300), ("diskPercent", \.diskPercent),
            ("diskDangerPercent", \.diskDangerPercent), ("filesPercent", \.filesPercent),
            ("tasksPercent", \.tasksPercent), ("conntrackPercent", \.conntrackPercent),
            ("taskBlockedSeconds", \.taskBlockedSeconds), ("taskBlockedDangerSeconds", \.taskBlockedDangerSeconds),
            ("zombies", \.zombies), ("clockOffsetSeconds", \.clockOffsetSeconds),
            ("clockOffsetDangerSeconds", \.clockOffsetDangerSeconds),
            ("clockUnsynchronisedSeconds", \.clockUnsynchronisedSeconds),
            ("pressureMemoryFullAvg300", \.pressureMemoryFullAvg300),
            ("pressureIOFullAvg300", \.pressureIOFullAvg300), ("pressureCPUSomeAvg300", \.pressureCPUSomeAvg300),
            ("certificateDays", \.certificateDays), ("certificateDangerDays", \.certificateDangerDays),
            ("probeTimeoutSeconds", \.probeTimeoutSeconds), ("probeHangSeconds", \.probeHangSeconds),
            ("probeFailures", \.probeFailures), ("clearPoints", \.clearPoints), ("samplesNeeded", \.samplesNeeded),
        ]
    }
}
