/// A mistake in a YAML or JSON file, such as a rule file or a configuration: where it is, what is wrong, and what would
/// be right.
package struct DocumentProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Level: String, Sendable { case error, warning }

    package let level: Level
    /// Empty for a text that is not a file.
    package let file: String
    package let mark: Mark
    /// The field, for example `rules[2].pattern`; empty for the file as a whole.
    package let field: String
    package let message: String

    package init(
        _ level: Level = .error, file: String, mark: Mark = .start, field: String = "", message: String
    ) {
        self.level = level
        self.file = file
        self.mark = mark
        self.field = field
        self.message = message
    }

    /// `FILE:LINE:COLUMN: error: FIELD: message`
    package var description: String {
        "\(file.isEmpty ? "" : file + ":")\(mark): \(level.rawValue): \(field.isEmpty ? "" : field + ": ")\(message)"
    }
}
