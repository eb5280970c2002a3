package import YAML

/// What is wrong with a configuration or overrides file, and where.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ file: String, _ mark: Mark, _ message: String) { description = "\(file):\(mark): \(message)" }
}
