/// A mistake in a rule file: where, what, and what would be right.
public struct RuleProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Level: String, Sendable { case error, warning }

    public let level: Level
    public let file: String
    public let mark: Mark
    /// The field, for example `rules[2].pattern`; empty for the file as a whole.
    public let field: String
    public let message: String

    public init(_ level: Level = .error, file: String, mark: Mark, field: String, message: String) {
        self.level = level
        self.file = file
        self.mark = mark
        self.field = field
        self.message = message
    }

    public var description: String {
        "\(file):\(mark): \(level.rawValue): \(field.isEmpty ? "" : field + ": ")\(message)"
    }
}
