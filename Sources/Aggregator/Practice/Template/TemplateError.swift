import Platform
import YAML

/// Why a template cannot be read or rendered, and where in it.
struct TemplateError: Error, Equatable, CustomStringConvertible {
    let message: String
    let mark: Mark

    var description: String { "\(mark): \(message)" }
}
