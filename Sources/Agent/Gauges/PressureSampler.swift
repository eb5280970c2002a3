import Findings
import Host
import Platform

/// Time lost waiting for memory, disks and CPU, over five minutes.
///
/// CPU pressure alone says little: a container that its own limit throttles waits on an idle node too. It counts only
/// while the processors are busy.
struct PressureSampler: Sampler {
    let id = "pressure"
    let checks = ["NodePressureStall"]
    let periodSeconds = 30.0
    /// Looks that make up the five minutes of `avg300`.
    static let windowSamples = 11

    private var window: [CPUSampler.Times] = []

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let limits = context.thresholds
        var detections: [Detection] = []
        var evidence: [String] = []
        do throws(SystemError) {
            let load = (try? context.host.text("/proc/loadavg"))?.split(separator: " ").prefix(3).joined(separator: " ")
            let busy = try busyPercent(context.host)
            evidence.append("cpu busy \(busy?.tenths ?? "not known yet")")
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
                let wasActive = context.isActive("NodePressureStall", resource)
                // Clears at four fifths of the limit.
                guard value > (wasActive ? limit * 0.8 : limit) else { continue }
                var detail = ""
                if resource == "cpu" {
                    // After a restart the first look has no share yet; what was found before it goes on.
                    guard busy.map({ $0 > limits.pressureCPUBusyPercent }) ?? wasActive else { continue }
                    detail = busy.map { ", processors \($0.tenths)% busy" } ?? ""
                    if let top = StalledCgroup.worst(context.host) {
                        detail += ", most in \(top.name) (\(top.someAvg300.tenths)%)"
                    }
                }
                detections.append(
                    context.detection(
                        "NodePressureStall", id, .warning, subject: resource,
                        "\(value.tenths)% of the last 5m lost waiting for \(resource) (threshold \(limit.tenths)%)\(detail), load \(load ?? "unknown")"
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

    /// Share of processor time in use since the oldest look of the window; nil at the first.
    private mutating func busyPercent(_ host: HostRoot) throws(SystemError) -> Double? {
        guard let now = CPUSampler.Times(try host.text("/proc/stat")) else { return nil }
        window.append(now)
        if window.count > Self.windowSamples { window.removeFirst() }
        return CPUSampler.share(from: window[0], to: now)?.busy
    }
}
