package import Platform

extension SystemError {
    /// The reason to print when a check could not look because of this.
    package var unobservedReason: UnobservedReason {
        isMissing ? .sourceMissing : isForbidden ? .forbidden : .malformed
    }
}
