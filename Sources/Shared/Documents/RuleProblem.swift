package import YAML

/// A mistake in a rule file: where, what, and what would be right.
package struct RuleProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Level: String, Sendable { case error, warning }

    package let level: Level
    package let file: String
    package let mark: Mark
    /// The field, for example `rules[2].pattern`; empty for the file as a whole.
    package let field: String
    package let message: String

    package init(_ level: Level = .error, file: String, mark: Mark, field: String, message: String) {
        self.level = level
        self.file = file
        self.mark = mark
        self.field = field
        self.message = message
    }

    package var description: String {
        "\(file):\(mark): \(level.rawValue): \(field.isEmpty ? "" : field + ": ")\(message)"
    }
}
