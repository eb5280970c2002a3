import Findings
import Platform

/// Why a request was refused; the body of every 4xx and 5xx answer.
package struct Refusal: Codable, Sendable, Equatable {
    package var error: String
    /// With 409: what is committed.
    package var acknowledgement: Acknowledgement?
    /// Of a body that was read whole, and would be refused again: its bytes. An agent gives a batch another form only
    /// when this is what it sent; anything else may be a stranger's answer, or a body that was cut on its way.
    package var bytesRead: Int?

    package init(error: String, acknowledgement: Acknowledgement? = nil, bytesRead: Int? = nil) {
        self.error = error
        self.acknowledgement = acknowledgement
        self.bytesRead = bytesRead
    }
}
