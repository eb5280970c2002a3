import Foundation
import HTTP
package import Platform

/// What the API server answered.
package struct APIResponse: Sendable {
    package let status: Int
    package var body: [UInt8]
    /// The server's clock, from its `Date` header; ages are counted by it and not by this machine's.
    package let date: Timestamp?
    let certificates: [String]
}
