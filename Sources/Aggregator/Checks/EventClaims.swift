import Shared
import Synchronization

/// What an event must be to speak to a check: its reason is one of `reasons`, or its text matches `pattern`, or both
/// where both are given.
struct EventClaim: Sendable {
    var reasons: [String] = []
    var pattern: String?
    /// Kinds of the involved object; empty: any.
    var kinds: [String] = []
    /// The pattern also speaks to texts of container states.
    var readsContainers = false
}

/// A check that events speak to.
protocol EventCheck: ClusterCheck {
    var claims: [EventClaim] { get }
}

/// Which checks an event speaks to: one pass of one automaton over its text, remembered per text.
final class EventClaims: Sendable {
    static let textsMax = 50_000

    private struct Entry: Sendable {
        var check: String
        var claim: EventClaim
        /// Index in the automaton.
        var pattern: Int?
    }

    private let entries: [Entry]
    private let patterns: RegexSet?
    private let known = Mutex<[String: [Int]]>([:])

    static let shared = EventClaims(CheckList.all.compactMap { $0 as? any EventCheck })

    /// - Parameter checks: most specific first.
    init(_ checks: [any EventCheck]) {
        var entries: [Entry] = []
        var texts: [String] = []
        for check in checks {
            for claim in check.claims {
                var entry = Entry(check: check.description.id, claim: claim)
                if let pattern = claim.pattern {
                    entry.pattern = texts.count
                    texts.append(pattern)
                }
                entries.append(entry)
            }
        }
        self.entries = entries
        patterns = try? RegexSet(texts)
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

    func checks(for event: EventRecord) -> [String] {
        let matched = matches(event.message)
        return unique(
            entries.filter { entry in
                let claim = entry.claim
                if !claim.kinds.isEmpty, !claim.kinds.contains(event.involved.kind) { return false }
                let hasReason = claim.reasons.isEmpty || claim.reasons.contains(event.reason)
                let hasText = entry.pattern.map { matched.contains($0) } ?? true
                return hasReason && hasText
            })
    }

    func checks(forText text: String) -> [String] {
        let matched = matches(text)
        return unique(
            entries.filter { $0.claim.readsContainers && $0.pattern.map { matched.contains($0) } ?? false })
    }

    private func unique(_ entries: [Entry]) -> [String] {
        var seen: Set<String> = []
        return entries.map(\.check).filter { seen.insert($0).inserted }
    }
}
