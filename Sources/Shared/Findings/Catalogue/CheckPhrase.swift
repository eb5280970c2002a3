/// What an operating system's error looks like in the texts of pods: a check whose whole logic is one pattern.
package struct CheckPhrase: Sendable, Equatable {
    /// As people know it; what leaves a node when its log lines may not.
    package let text: String
    /// A regular expression of RE2.
    package let pattern: String

    package init(text: String, pattern: String) {
        self.text = text
        self.pattern = pattern
    }
}
