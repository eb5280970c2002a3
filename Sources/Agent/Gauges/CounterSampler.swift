import Findings
import Host
import Platform

/// Counters of what the kernel does without a word: it reports ten hung tasks per boot and rate-limits the rest.
struct CounterSampler: Sampler {
    let id = "kernel-counters"
    let checks = ["NodeOOM", "NodeTaskHung"]
    let periodSeconds = 10.0
    /// A rise is said for as long as an event counts.
    static let heldSeconds = 3600.0

    private struct Counter {
        var last: Double?
        var risen = 0.0
        var at: Timestamp?
    }

    private var kills = Counter()
    private var hung = Counter()

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        [
            Self.look(
                &kills, "NodeOOM", context, Self.read(context.host, "/proc/vmstat", "oom_kill"), id, .info,
                "the kernel's counter oom_kill (/proc/vmstat) rose by"),
            Self.look(
                &hung, "NodeTaskHung", context, Self.read(context.host, "/proc/sys/kernel/hung_task_detect_count", nil),
                id, .warning,
                "the kernel's counter hung_task_detect_count rose by"),
        ]
    }

    private static func read(_ host: HostRoot, _ path: String, _ field: String?) -> Result<Double, SystemError> {
        Result { () throws(SystemError) in
            let text = try host.text(path)
            let line =
                field.map { name in text.split(separator: "\n").first { $0.hasPrefix(name + " ") } ?? "" }
                ?? Substring(text)
            guard let value = line.split(whereSeparator: \.isWhitespace).last.flatMap({ Double($0) }) else {
                // Kernels without the counter.
                throw SystemError(call: "find \(field ?? "a number") in", path: path, code: 2)
            }
            return value
        }
    }

    private static func look(
        _ counter: inout Counter, _ check: String, _ context: SampleContext, _ value: Result<Double, SystemError>,
        _ id: String, _ severity: Severity, _ text: String
    ) -> SampleOutcome {
        let now: Double
        switch value {
        case .failure(let error):
            return SampleOutcome(check: check, result: .unobserved(error.unobservedReason, error.description))
        case .success(let number): now = number
        }
        defer { counter.last = now }
        if let last = counter.last, now > last {
            counter.risen += now - last
            counter.at = context.now
        }
        if let at = counter.at, context.now.seconds(since: at) > heldSeconds { counter = Counter(last: now) }
        let found =
            counter.risen > 0
            ? [
                context.detection(
                    check, id, severity, subject: "counter", "\(text) \(Int(counter.risen))")
            ] : []
        return SampleOutcome(check: check, result: .observed(found), evidence: "\(Int(now))")
    }
}
