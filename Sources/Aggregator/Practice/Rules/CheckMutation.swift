package import YAML

/// A change that satisfies a check; `path` is a JSON pointer from the check's instance.
package struct CheckMutation: Sendable, Equatable {
    package var path: String
    /// `add`, `replace` or `remove`.
    package var operation: String
    package var value: Node?
    package var comment: String
}
