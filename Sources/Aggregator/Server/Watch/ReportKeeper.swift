import Evaluation
import Findings
package import Platform
package import Report
import Synchronization

/// Makes the large reports that readers ask for again and again, beside the evaluation: a reader gets the newest that
/// is at hand and waits for none, and a state is shown as soon as it is evaluated.
///
/// An actor, because each takes a processor for a while: they are made one after the other.
package actor ReportKeeper {
    /// What nobody asked for during this time is not made in advance any more.
    static let askedSeconds = 10.0
    /// A report that is older than this is made anew for its reader.
    static let ageSecondsMax = 15.0
    /// Different reports that are made in advance.
    static let askedMax = 8
    /// Rest between two rounds, at least and as a multiple of what the last took.
    static let restSeconds = 1.0
    static let restFactor = 1.0

    /// A report and how it is written; nil: its numbers alone.
    package struct Asked: Hashable, Sendable {
        package var key: SharedState.Key
        package var text: RenderedTexts.Key?

        package init(_ key: SharedState.Key, _ text: RenderedTexts.Key? = nil) {
            self.key = key
            self.text = text
        }
    }

    private struct Kept {
        var state: SharedState?
        var asked: [Asked: Timestamp] = [:]
    }

    private let kept = Mutex(Kept())

    package init() {}

    /// The newest state of which a large report is at hand, where it is asked for all the time; nil: none that is fresh
    /// enough.
    package nonisolated func state(with asked: Asked, at now: Timestamp) -> (SharedState, ReportContent)? {
        kept.withLock { kept in
            guard let last = kept.asked[asked], now.seconds(since: last) <= Self.askedSeconds else { return nil }
            kept.asked[asked] = now
            guard let state = kept.state, now.seconds(since: state.state.generatedAt) <= Self.ageSecondsMax,
                let content = state.known(asked.key, at: now), content.isWritten(asked.text)
            else { return nil }
            return (state, content)
        }
    }

    /// Makes a report that is not at hand.
    package func make<Result: Sendable>(
        _ asked: Asked, of state: SharedState, at now: Timestamp,
        _ use: @Sendable (ReportContent, SharedState) -> Result
    ) -> Result {
        // Several readers may have waited for the same.
        if let (state, content) = self.state(with: asked, at: now) { return use(content, state) }
        let content = state.content(asked.key, at: now)
        let result = use(content, state)
        guard content.isLarge else { return result }
        kept.withLock { kept in
            if kept.asked.count < Self.askedMax || kept.asked[asked] != nil { kept.asked[asked] = now }
            let isNewer = kept.state.map { $0.state.generatedAt <= state.state.generatedAt } ?? true
            if isNewer, kept.state !== state, kept.asked.keys.allSatisfy({ $0 == asked }) { kept.state = state }
        }
        return result
    }

    /// Makes what was asked for lately of a newer state.
    func prepare(_ state: SharedState, at now: Timestamp) {
        let asked = kept.withLock { kept in
            kept.asked = kept.asked.filter { now.seconds(since: $0.value) <= Self.askedSeconds }
            return kept.state === state ? [] : Array(kept.asked.keys)
        }
        guard !asked.isEmpty else { return }
        for one in asked { state.content(one.key, at: now).write(one.text) }
        kept.withLock { $0.state = state }
    }
}
