/// Limits of every log source.
package enum LogLine {
    /// A line's size in bytes; a longer one is cut and counted.
    package static let bytesMax = 64 << 10
}
