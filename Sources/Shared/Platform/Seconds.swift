/// Spans of time in seconds.
package enum Seconds {
    package static let perMinute = 60.0
    package static let perHour = 3600.0
    package static let perDay = 86_400.0
}
