import Foundation
import HTTP
package import Platform

/// A response of the API server.
package struct APIResponse: Sendable {
    package let status: Int
    package var body: [UInt8]
    /// The server's clock, from its `Date` header; ages are measured against it, not this machine's clock.
    package let date: Timestamp?
    let certificates: [String]
    /// Names in lower case.
    package var headers: [(name: String, value: String)] = []

    /// - Parameter name: in lower case.
    package func header(_ name: String) -> String? { headers.last { $0.name == name }?.value }
}
