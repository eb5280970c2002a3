package import Platform

extension SystemError {
    /// Why a check that failed with this error is not observed.
    package var unobservedReason: UnobservedReason {
        isMissing ? .sourceMissing : isForbidden ? .forbidden : .malformed
    }
}
