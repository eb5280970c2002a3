import HTTP
import Platform
import YAML

/// What is wrong with a kubeconfig, with its place: `FILE:LINE:COLUMN: what`.
package struct KubeconfigError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
    init(_ file: String, _ mark: Mark, _ message: String) { description = "\(file):\(mark): \(message)" }
}
