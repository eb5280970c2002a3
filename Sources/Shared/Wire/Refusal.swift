import Findings
import Platform

/// Why a request was refused; the body of every 4xx and 5xx answer.
package struct Refusal: Codable, Sendable, Equatable {
    package var error: String
    /// With 409: what is committed.
    package var acknowledgement: Acknowledgement?

    package init(error: String, acknowledgement: Acknowledgement? = nil) {
        self.error = error
        self.acknowledgement = acknowledgement
    }
}
