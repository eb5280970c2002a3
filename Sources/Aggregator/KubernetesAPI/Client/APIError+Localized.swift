import Foundation

extension KubeconfigError: LocalizedError {
    package var errorDescription: String? { description }
}

extension APIError: LocalizedError {
    /// What happened and what to do next.
    package var errorDescription: String? {
        switch kind {
        case .unauthorized:
            "The API server refuses the credentials: \(description). Log in again, or name another user with --user or --token."
        case .unreachable: "The API server cannot be reached: \(description)."
        case .timeout: "The API server did not answer in time: \(description). Allow more time with --request-timeout."
        case .tls: "The API server's certificate, or this client's, is not trusted: \(description)."
        default: description
        }
    }
}
