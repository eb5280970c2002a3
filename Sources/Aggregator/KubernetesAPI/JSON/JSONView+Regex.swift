import Shared

extension JSONView {
    /// Whether this is a text that the pattern matches anywhere.
    func matches(_ pattern: Regex) -> Bool { withBytes { pattern.matches($0.span) } ?? false }
}
