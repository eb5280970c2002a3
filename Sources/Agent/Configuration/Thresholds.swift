import Shared

/// Limits of the samplers; defaults from CHECKS.md, each settable under `thresholds:` in the configuration.
struct Thresholds: Equatable, Sendable {
    var memoryPercent = 90.0
    var memoryAvailableBytes = 8.0 * 1_073_741_824
    var memoryPressureAvg60 = 5.0
    var cpuPercent = 90.0
    var cpuPressureAvg300 = 20.0
    var diskPercent = 90.0
    var diskDangerPercent = 95.0
    var filesPercent = 90.0
    var tasksPercent = 90.0
    var conntrackPercent = 85.0
    var taskBlockedSeconds = 120.0
    var taskBlockedDangerSeconds = 600.0
    var zombies = 100.0
    var clockOffsetSeconds = 1.0
    var clockOffsetDangerSeconds = 5.0
    var clockUnsynchronisedSeconds = 3600.0
    var pressureMemoryFullAvg300 = 10.0
    var pressureIOFullAvg300 = 40.0
    var pressureCPUSomeAvg300 = 60.0
    var certificateDays = 30.0
    var certificateDangerDays = 7.0
    var probeTimeoutSeconds = 5.0
    var probeHangSeconds = 10.0
    var probeFailures = 3.0
    /// A percentage that fired clears this far below its limit.
    var clearPoints = 5.0
    /// Looks over the limit in a row before memory, disks and zombies fire.
    var samplesNeeded = 3.0

    /// Name in the configuration and place.
    static var fields: [(name: String, path: WritableKeyPath<Thresholds, Double>)] {
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
