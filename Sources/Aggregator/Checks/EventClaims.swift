import ClusterIndex
import Findings
import Regex
import Synchronization

/// What an event must be to speak to a check: its reason is one of `reasons`, or its text matches `pattern`, or both
/// where both are given.
package struct EventClaim: Sendable {
    var reasons: [String] = []
    var pattern: String?
    /// Kinds of the involved object; empty: any.
    var kinds: [String] = []
    /// The pattern also speaks to texts of container states.
    var readsContainers = false
}

/// A check that events speak to.
package protocol EventCheck: ClusterCheck {
    var claims: [EventClaim] { get }
    /// It judges nothing but events: without any it is healthy.
    var judgesEventsOnly: Bool { get }
}

extension EventCheck {
    package var judgesEventsOnly: Bool { false }
}

/// Which checks an event speaks to: one pass of one automaton over its text, remembered per text.
package final class EventClaims: Sendable {
    static let textsMax = 50_000

    private struct Entry: Sendable {
        var check: String
        var claim: EventClaim
        /// Index in the automaton.
        var pattern: Int?
    }

    private let entries: [Entry]
    private let patterns: RegexSet?
    /// Why no text is matched; nil: all patterns compiled.
    let problem: String?
    private let known = Mutex<[String: [Int]]>([:])

    package static let shared = EventClaims(CheckList.all.compactMap { $0 as? any EventCheck })

    /// - Parameter checks: most specific first.
    init(_ checks: [any EventCheck]) {
        var entries: [Entry] = []
        var texts: [String] = []
        for check in checks {
            for claim in check.claims {
                var entry = Entry(check: check.id, claim: claim)
                if let pattern = claim.pattern {
                    entry.pattern = texts.count
                    texts.append(pattern)
                }
                entries.append(entry)
            }
        }
        self.entries = entries
        do throws(RegexError) {
            patterns = try RegexSet(texts)
            problem = nil
        } catch {
            patterns = nil
            problem = error.message
        }
    }

    /// Whether all patterns of the list compile; a test asks.
    var isSound: Bool { patterns != nil }

    private func matches(_ text: String) -> [Int] {
        if let found = known.withLock({ $0[text] }) { return found }
        let bytes = Array(text.utf8)
        let found = patterns?.candidates(bytes.span) ?? []
        known.withLock { known in
            if known.count >= Self.textsMax { known = [:] }
            known[text] = found
        }
        return found
    }

    /// The most specific check that an event speaks to, of those that are wanted.
    func firstCheck(for event: EventRecord, where isWanted: (String) -> Bool) -> String? {
        let matched = matches(event.message)
        return entries.first { entry in
            let claim = entry.claim
            return (claim.kinds.isEmpty || claim.kinds.contains(event.involved.kind))
                && (claim.reasons.isEmpty || claim.reasons.contains(event.reason))
                && (entry.pattern.map { matched.contains($0) } ?? true) && isWanted(entry.check)
        }?.check
    }

    func checks(forText text: String) -> [String] {
        let matched = matches(text)
        var seen: Set<String> = []
        return entries.filter { $0.claim.readsContainers && $0.pattern.map { matched.contains($0) } ?? false }
            .map(\.check).filter { seen.insert($0).inserted }
    }
}
