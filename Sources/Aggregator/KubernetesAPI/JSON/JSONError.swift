internal import CSimdJSON
import Findings
import Synchronization

/// Why a text is not a JSON document.
package struct JSONError: Error, Equatable, CustomStringConvertible {
    enum Kind: Equatable, Sendable {
        case malformed
        /// It ends before its value does.
        case truncated
        case tooLarge
    }

    let kind: Kind
    /// simdjson's message.
    package let message: String

    package var description: String { message }
    var unobservedReason: UnobservedReason { kind == .malformed ? .malformed : .truncated }
}
