package import Evaluation
import Findings
package import Platform
package import Report
import Synchronization

/// One evaluated state that all readers share. What one of them was told is not made again for the next.
package final class SharedState: Sendable {
    /// A report of more findings is a large one.
    static let largeFindings = 1000
    /// Large reports that are kept; each holds its rows' order and its incidents.
    static let largeMax = 4
    static let smallMax = 64

    /// Which report: what was asked for, and the notes for its header.
    package struct Key: Hashable, Sendable {
        package var options: ReportOptions
        package var notes: [String]

        package init(_ options: ReportOptions, notes: [String] = []) {
            self.options = options
            self.notes = notes
        }
    }

    private struct Entry {
        var content: ReportContent
        var asked: Timestamp
    }

    package let state: EvaluatedState
    private let entries = Mutex<[Key: Entry]>([:])

    package init(_ state: EvaluatedState) { self.state = state }

    /// nil: it was not made yet.
    package func known(_ key: Key, at now: Timestamp) -> ReportContent? {
        entries.withLock { entries in
            entries[key]?.asked = now
            return entries[key]?.content
        }
    }

    /// Costs with the number of findings where it was not made before.
    package func content(_ key: Key, at now: Timestamp) -> ReportContent {
        if let known = known(key, at: now) { return known }
        let content = make(key)
        keep(key, Entry(content: content, asked: now))
        return content
    }

    private func make(_ key: Key) -> ReportContent {
        var state = state
        state.notes += key.notes
        return ReportBuilder(state: state, options: key.options).content()
    }

    private func keep(_ key: Key, _ entry: Entry) {
        entries.withLock { entries in
            let isLarge = entry.content.isLarge
            let same = entries.filter { $0.value.content.isLarge == isLarge }
            if same.count >= (isLarge ? Self.largeMax : Self.smallMax),
                let oldest = same.min(by: { $0.value.asked < $1.value.asked })
            {
                entries[oldest.key] = nil
            }
            entries[key] = entry
        }
    }
}

extension ReportContent {
    var isLarge: Bool { findingCount > SharedState.largeFindings }
}
