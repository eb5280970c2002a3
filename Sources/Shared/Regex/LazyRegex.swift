internal import Synchronization

/// A pattern that is compiled when it is first needed: most of a hundred rules never see a line that they could match.
package final class LazyRegex: Sendable {
    package let pattern: String
    private let stored = Mutex<Regex?>(nil)

    /// - Parameter pattern: one that compiles, which `RegexSet` has shown.
    package init(_ pattern: String) { self.pattern = pattern }

    /// nil when it does not compile after all, for lack of memory.
    package var compiled: Regex? {
        stored.withLock { stored in
            if stored == nil { stored = try? Regex(pattern) }
            return stored
        }
    }

    /// Whether it is found anywhere in a text.
    package func matches(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return compiled?.matches(bytes.span) ?? false
    }
}
