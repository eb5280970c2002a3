import Platform

/// Whether the wall clock may be believed when something is to be removed for its age. One that jumped ahead, against
/// the time since the boot or against the newest time in the store, is believed after an hour: by then it was put
/// right, or it was right.
struct RetentionClock: Equatable {
    /// The wall clock is this far ahead at most of where it should be, in seconds.
    static let jumpSeconds = 300.0
    /// The store is this old at most when the program starts, in seconds; longer, and the clock may have jumped.
    static let absenceSeconds = Seconds.perDay
    static let waitSeconds = Seconds.perHour

    private var last: (now: Timestamp, uptime: Double)?
    /// Since when it is not believed, by the time since the boot.
    private(set) var doubtedSince: Double?

    static func == (a: RetentionClock, b: RetentionClock) -> Bool {
        a.doubtedSince == b.doubtedSince && a.last?.now == b.last?.now && a.last?.uptime == b.last?.uptime
    }

    /// - Parameter newest: in the store; nil: it is empty.
    init(newest: Timestamp?, now: Timestamp, uptime: Double) {
        last = (now, uptime)
        if let newest, now.seconds(since: newest) > Self.absenceSeconds { doubtedSince = uptime }
    }

    /// Looks at the clock again.
    /// - Returns: whether it is believed.
    mutating func isBelieved(now: Timestamp, uptime: Double) -> Bool {
        if let last {
            let ahead = now.seconds(since: last.now) - (uptime - last.uptime)
            if ahead > Self.jumpSeconds {
                doubtedSince = uptime
            } else if ahead < -Self.jumpSeconds {
                // Put back: what was doubted is gone.
                doubtedSince = nil
            }
        }
        last = (now, uptime)
        guard let since = doubtedSince else { return true }
        if uptime - since < Self.waitSeconds { return false }
        doubtedSince = nil
        return true
    }
}
