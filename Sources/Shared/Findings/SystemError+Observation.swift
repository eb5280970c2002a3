extension SystemError {
    /// The reason to print when a check could not look because of this.
    public var unobservedReason: UnobservedReason {
        isMissing ? .sourceMissing : isForbidden ? .forbidden : .malformed
    }
}
