package import Regex

extension JSONView {
    /// Whether this is a text that the pattern matches anywhere.
    package func matches(_ pattern: Regex) -> Bool { withBytes { pattern.matches($0.span) } ?? false }
}
