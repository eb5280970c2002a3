package import Platform

/// One piece of proof for a finding.
package struct Evidence: Hashable, Codable, Sendable {
    /// Where it was read: `journal`, `kmsg`, `file:/var/log/x`, `sampler:memory`.
    package var source: String
    /// The position of a log record in its source; empty for measurements.
    package var origin: String
    package var time: Timestamp
    /// Redacted text.
    package var text: String

    /// Evidence texts that one finding keeps.
    package static let perFindingMax = 5
    /// A text's size in UTF-8 bytes.
    package static let textBytesMax = 4096

    package init(source: String, origin: String, time: Timestamp, text: String) {
        self.source = source
        self.origin = origin
        self.time = time
        self.text = text
    }
}
