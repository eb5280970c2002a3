/// Why no response came.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        case badURL, resolve, refused, timeout, tls, tooLarge, cancelled, closed
        /// libcurl's own number for what has no name here.
        case other(Int)
    }

    package let code: Code
    /// libcurl's message.
    package let message: String

    package var description: String { message }
}
