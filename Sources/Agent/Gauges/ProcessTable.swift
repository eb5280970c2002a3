import Host
import Platform

/// The host's processes, as `/proc/<pid>/stat` shows them (proc_pid_stat(5)).
struct ProcessTable: Sendable {
    struct Process: Equatable, Sendable {
        var pid: Int
        var name: String
        var state: Character
        var parent: Int
        /// Clock ticks after boot: with the pid it names one process for good.
        var startTime: UInt64
        var residentBytes: Double
        /// Kernel threads have no memory of their own.
        var isKernelThread: Bool
    }

    static func read(_ host: HostRoot) throws(SystemError) -> [Process] {
        var processes: [Process] = []
        for name in try Files.names(in: host.proc) {
            guard let pid = Int(name), let text = try? host.text("/proc/\(name)/stat"),
                let process = parse(text, pid: pid)
            else { continue }
            processes.append(process)
        }
        return processes
    }

    /// The name may hold blanks and brackets: it ends at the last `)`.
    static func parse(_ text: String, pid: Int) -> Process? {
        guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 21, let state = fields[0].first, let parent = Int(fields[1]),
            let flags = UInt64(fields[6]), let start = UInt64(fields[19]),
            let pages = Double(fields[21].filter { !$0.isNewline })
        else { return nil }
        return Process(
            pid: pid, name: String(text[text.index(after: open)..<close]), state: state, parent: parent,
            startTime: start,
            residentBytes: pages * 4096, isKernelThread: flags & 0x0020_0000 != 0)  // PF_KTHREAD
    }

    static func largest(_ host: HostRoot) -> Process? {
        (try? read(host))?.max { ($0.residentBytes, $1.pid) < ($1.residentBytes, $0.pid) }
    }

    /// Voluntary and involuntary context switches; a task whose number grows is not stuck.
    static func switches(_ host: HostRoot, pid: Int) -> UInt64? {
        guard let text = try? host.text("/proc/\(pid)/status") else { return nil }
        let lines = text.split(separator: "\n").filter { $0.contains("ctxt_switches:") }
        return lines.isEmpty
            ? nil : lines.reduce(0) { $0 + ($1.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0) } ?? 0) }
    }
}
