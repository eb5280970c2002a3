package import Platform

/// Where a source begins.
package enum SourceStart: Equatable, Sendable {
    /// The first record at or after this time.
    case since(Timestamp)
    /// Right behind a record.
    case after(String)
    /// At a record, which is read again.
    case at(String)
}
