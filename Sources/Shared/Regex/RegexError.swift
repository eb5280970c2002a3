internal import CRE2
import Platform

/// Why RE2 rejects a pattern.
package struct RegexError: Error, Equatable, CustomStringConvertible {
    /// RE2's message, for example `missing ): (a`.
    package let message: String
    /// The part of the pattern that it complains of; empty when it names none.
    package let fragment: String

    package var description: String { message }

    package init(message: String, fragment: String) {
        self.message = message
        self.fragment = fragment
    }
}
