/// A place in a text: 1-based line and column (in characters as libyaml counts them).
package struct Mark: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// Where a file as a whole is meant.
    package static let start = Mark(line: 1, column: 1)

    package var description: String { "\(line):\(column)" }

    package static func < (a: Mark, b: Mark) -> Bool { (a.line, a.column) < (b.line, b.column) }
}
