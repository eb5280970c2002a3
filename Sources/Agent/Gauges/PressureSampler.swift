import Findings
import Host
import Platform

/// Time lost waiting for memory, disks and CPU, over five minutes.
struct PressureSampler: Sampler {
    let id = "pressure"
    let checks = ["NodePressureStall"]
    let periodSeconds = 30.0

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let limits = context.thresholds
        var detections: [Detection] = []
        var evidence: [String] = []
        do throws(SystemError) {
            let load = (try? context.host.text("/proc/loadavg"))?.split(separator: " ").prefix(3).joined(separator: " ")
            let measured = [
                (
                    "memory", "full", try Pressure.read(context.host, "memory").fullAvg300,
                    limits.pressureMemoryFullAvg300
                ),
                ("io", "full", try Pressure.read(context.host, "io").fullAvg300, limits.pressureIOFullAvg300),
                ("cpu", "some", try Pressure.read(context.host, "cpu").someAvg300, limits.pressureCPUSomeAvg300),
            ]
            for (resource, kind, value, limit) in measured {
                evidence.append("\(resource) \(kind) avg300 \(value)")
                // Clears at four fifths of the limit.
                let isOver = value > (context.isActive("NodePressureStall", resource) ? limit * 0.8 : limit)
                guard isOver else { continue }
                detections.append(
                    context.detection(
                        "NodePressureStall", id, .warning, subject: resource,
                        "\(value.tenths)% of the last 5m lost waiting for \(resource) (threshold \(limit.tenths)%), load \(load ?? "unknown")"
                    ))
            }
        } catch {
            return unobserved(error)
        }
        return [
            SampleOutcome(
                check: "NodePressureStall", result: .observed(detections), evidence: evidence.joined(separator: ", "))
        ]
    }
}
