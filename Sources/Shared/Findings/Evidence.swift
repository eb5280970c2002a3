/// One piece of proof for a finding.
public struct Evidence: Hashable, Codable, Sendable {
    /// Where it was read: `journal`, `kmsg`, `file:/var/log/x`, `sampler:memory`.
    public var source: String
    /// The position of a log record in its source; empty for measurements.
    public var origin: String
    public var time: Timestamp
    /// Redacted text.
    public var text: String

    /// Evidence texts that one finding keeps.
    public static let perFindingMax = 5
    /// A text's size in UTF-8 bytes.
    public static let textBytesMax = 4096

    public init(source: String, origin: String, time: Timestamp, text: String) {
        self.source = source
        self.origin = origin
        self.time = time
        self.text = text
    }
}
