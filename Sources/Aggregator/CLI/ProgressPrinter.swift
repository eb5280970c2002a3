import ClusterIndex
import Foundation
import KubernetesAPI
import Platform
import Synchronization

/// One line on standard error that says how far reading has come, rewritten in place; only on a terminal.
final class ProgressPrinter: Sendable {
    private struct State {
        var kinds: [ClusterKind: ClusterReader.Progress] = [:]
        var isShown = false
        var printedAt = Timestamp(microseconds: 0)
    }

    static let periodSeconds = 0.1

    private let state = Mutex(State())
    private let clock: any WallClock
    private let isOn: Bool

    init(clock: any WallClock, isOn: Bool = isatty(2) == 1) {
        self.clock = clock
        self.isOn = isOn
    }

    func note(_ progress: ClusterReader.Progress) {
        guard isOn else { return }
        let line: String? = state.withLock { state in
            state.kinds[progress.kind] = progress
            let now = clock.now()
            guard now.seconds(since: state.printedAt) >= Self.periodSeconds else { return nil }
            state.printedAt = now
            state.isShown = true
            return Self.line(Array(state.kinds.values))
        }
        if let line { FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8)) }
    }

    func end() {
        let wasShown = state.withLock { $0.isShown }
        if wasShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    static func line(_ kinds: [ClusterReader.Progress]) -> String {
        let done = kinds.count { $0.isDone }
        let objects = kinds.reduce(0) { $0 + $1.objects }, pages = kinds.reduce(0) { $0 + $1.pages }
        let running = kinds.filter { !$0.isDone }.sorted { $0.kind < $1.kind }
            .map { "\($0.kind.rawValue) \($0.objects)" }.joined(separator: ", ")
        return
            "reading: \(counted(done, "kind")) done, \(counted(objects, "object")) on \(counted(pages, "page"))\(running.isEmpty ? "" : "; \(running)")"
    }
}
