import KubernetesAPI
import Platform
import Regex
import YAML

/// Why a schema is invalid, and where.
struct SchemaError: Error, Equatable, CustomStringConvertible {
    let message: String
    let mark: Mark

    var description: String { "\(mark): \(message)" }
}
