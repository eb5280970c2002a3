import Shared

/// What is wrong with a configuration or overrides file, and where.
struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ file: String, _ mark: Mark, _ message: String) { description = "\(file):\(mark): \(message)" }
}
