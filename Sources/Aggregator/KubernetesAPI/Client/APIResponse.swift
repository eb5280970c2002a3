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
}
