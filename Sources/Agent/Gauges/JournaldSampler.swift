import Findings
import Host
import Platform

/// Whether journald, through which most logs come, can write at all: dead or stuck, its files remain readable and say
/// nothing more, which looks like a quiet machine.
struct JournaldSampler: Sampler {
    let id = "journald"
    let checks = ["JournaldDown"]
    let periodSeconds = 5.0

    /// As `/proc/<pid>/comm` cuts it (15 bytes, proc(5)).
    private static let processName = "systemd-journal"
    private static let initName = "systemd"
    /// systemd starts one that ended again within a moment: so many looks in a row count.
    private static let looksNeeded = 2
    /// In the kernel without a move for so long is stuck; its disk may be slow.
    private static let stuckSeconds = 60.0

    private let state: JournaldState
    private var wasSeen = false
    private var badLooks = 0
    private var wait: (switches: UInt64?, since: Double)?

    init(_ state: JournaldState) { self.state = state }

    mutating func sample(_ context: SampleContext) async -> [SampleOutcome] {
        let processes: [ProcessTable.Process]
        do throws(SystemError) { processes = try ProcessTable.read(context.host) } catch { return unobserved(error) }
        guard !processes.isEmpty else { return unobserved(.sourceMissing, "\(context.host.proc) shows no process") }
        let found = processes.filter { $0.name == Self.processName && !$0.isKernelThread }
        let isExpected = wasSeen || processes.contains { $0.pid == 1 && $0.name == Self.initName }
        guard isExpected || !found.isEmpty else {
            return unobserved(.sourceMissing, "no journald on this machine")
        }
        wasSeen = wasSeen || !found.isEmpty
        let trouble = trouble(found, context)
        badLooks = trouble == nil ? 0 : badLooks + 1
        guard let trouble, badLooks >= Self.looksNeeded else {
            // What is bad for one look is not yet known to be.
            if trouble == nil { state.set(nil) }
            return [SampleOutcome(check: "JournaldDown", result: .observed([]))]
        }
        state.set(trouble)
        let detection = context.detection(
            "JournaldDown", id, .danger, "systemd-journald \(trouble): nothing new is in the journal")
        return [SampleOutcome(check: "JournaldDown", result: .observed([detection]))]
    }

    /// nil: it can write. Journals of namespaces have a process each; one that works is enough.
    private mutating func trouble(_ found: [ProcessTable.Process], _ context: SampleContext) -> String? {
        guard let process = found.min(by: { $0.pid < $1.pid }) else { return "is not running" }
        switch process.state {
        case "T", "t": return "is stopped"
        case "Z", "X": return "has ended"
        case "D":
            let switches = ProcessTable.switches(context.host, pid: process.pid)
            if let wait, wait.switches == switches {
                let seconds = context.uptimeSeconds - wait.since
                return seconds > Self.stuckSeconds ? "is stuck in the kernel for \(GoDuration.brief(seconds))" : nil
            }
            wait = (switches, context.uptimeSeconds)
            return nil
        default:
            wait = nil
            return nil
        }
    }
}
