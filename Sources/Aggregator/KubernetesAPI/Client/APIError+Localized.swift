import Foundation

extension KubeconfigError: LocalizedError {
    package var errorDescription: String? { description }
}

extension APIError: LocalizedError {
    /// What happened and what to do next.
    package var errorDescription: String? {
        switch kind {
        case .unauthorized:
            "The API server refuses the credentials: \(description). Log in anew, or name another user with --user or --token."
        case .unreachable: "The API server cannot be reached: \(description)."
        case .timeout: "The API server does not answer in time: \(description). --request-timeout gives it longer."
        case .tls: "The API server's certificate is not trusted, or ours is not: \(description)."
        default: description
        }
    }
}
