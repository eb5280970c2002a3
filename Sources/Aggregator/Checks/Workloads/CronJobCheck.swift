import ClusterIndex
import Findings
import Foundation
import KubernetesAPI
import Platform

struct CronJobCheck: ClusterCheck {
    let id = "CronJobMissed"
    let scopes: ClusterScope.Kinds = .namespaces
    let needs: [ClusterKind] = [.cronjobs]

    func evaluate(_ view: ClusterView, _ out: inout CheckOutput) {
        let now = view.now(.cronjobs)
        for job in view.records(view.index.cronjobs) {
            if job.isSuspended || job.concurrencyPolicy == "Forbid" && job.activeCount > 0 {
                out.healthy()
                continue
            }
            guard let schedule = CronSchedule(job.schedule),
                let zone = CronSchedule.zone(schedule.zoneName ?? job.timeZone)
            else {
                out.unobserved(
                    .malformed, scope: job.namespace, "\(job.name): the schedule '\(job.schedule)' is not understood")
                continue
            }
            if schedule.neverRuns {
                out.state(
                    .warning, job.metadata.reference("CronJob"), reason: "NeverRuns",
                    "never runs: no date fits its schedule '\(job.schedule)'", since: job.metadata.created)
                continue
            }
            guard let start = job.lastScheduled ?? job.metadata.created else { continue }
            // A minute's grace: the controller looks every ten seconds.
            let due = now.time - 60
            let times = schedule.times(after: start, until: due + AgeDeadlines.farthest, in: zone, max: 2)
            let missed = times.filter { $0 <= due }
            if missed.count >= 2 {
                out.state(
                    .warning, job.metadata.reference("CronJob"), reason: "Missed",
                    "\(job.lastScheduled == nil ? "never ran" : "last ran \(GoDuration.brief(now.seconds(since: start))) ago"), schedule '\(job.schedule)'",
                    since: missed[0])
            } else {
                if times.count >= 2 { view.deadlines.note(in: times[1].seconds(since: due)) }
                out.healthy()
            }
        }
    }
}

/// A cron schedule: five fields or `@daily` and the like, as robfig/cron's standard parser reads it, which Kubernetes
/// uses.
struct CronSchedule: Equatable, Sendable {
    private var minutes: Set<Int>
    private var hours: Set<Int>
    private var days: Set<Int>
    private var months: Set<Int>
    private var weekdays: Set<Int>
    /// Day of month and day of week are "or" when both are limited.
    private var limitsDays: Bool
    private var limitsWeekdays: Bool
    /// `@every 1h30m`
    private var everySeconds: Double?
    /// Of `TZ=…` or `CRON_TZ=…` before the fields, which counts before the CronJob's own.
    private(set) var zoneName: String?

    private static let macros = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    init?(_ text: String) {
        var text = text
        // A zone in the schedule is not documented, but works.
        if text.hasPrefix("TZ=") || text.hasPrefix("CRON_TZ=") {
            let name = text.prefix { $0 != " " }
            zoneName = String(name.drop { $0 != "=" }.dropFirst())
            text = String(text.dropFirst(name.count + 1))
        }
        if text.hasPrefix("@every ") {
            guard let seconds = try? GoDuration.seconds(String(text.dropFirst(7)), allowsDays: false), seconds >= 1
            else { return nil }
            everySeconds = seconds
            text = "* * * * *"
        }
        let fields = (Self.macros[text] ?? text).split(whereSeparator: \.isWhitespace).map(String.init)
        guard fields.count == 5, let minutes = Self.field(fields[0], 0...59, []),
            let hours = Self.field(fields[1], 0...23, []), let days = Self.field(fields[2], 1...31, []),
            let months = Self.field(fields[3], 1...12, Self.monthNames),
            let weekdays = Self.field(fields[4], 0...7, Self.dayNames)
        else { return nil }
        (self.minutes, self.hours, self.days, self.months) = (minutes, hours, days, months)
        self.weekdays = Set(weekdays.map { $0 % 7 })
        limitsDays = Self.isLimited(fields[2])
        limitsWeekdays = Self.isLimited(fields[4])
    }

    /// `*` and `?` limit nothing; `*/2` does (robfig/cron, `getRange`: a step above 1 clears the star).
    private static func isLimited(_ field: String) -> Bool {
        !field.split(separator: ",").contains { part in
            let pieces = part.split(separator: "/")
            return pieces.first == "*" || pieces.first == "?" ? pieces.count == 1 || pieces[1] == "1" : false
        }
    }

    /// The most days that a month has.
    private static let monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    /// No date of any year fits, such as 31 February.
    var neverRuns: Bool {
        if everySeconds != nil || limitsDays && limitsWeekdays { return false }
        guard let first = days.min() else { return true }
        return !months.contains { first <= Self.monthDays[$0 - 1] }
    }

    private static func field(_ text: String, _ range: ClosedRange<Int>, _ names: [String]) -> Set<Int>? {
        var all: Set<Int> = []
        func number(_ text: Substring) -> Int? {
            if let index = names.firstIndex(of: text.lowercased()) { return range.lowerBound == 0 ? index : index + 1 }
            return Int(text)
        }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard pieces.count <= 2 else { return nil }
            let step = pieces.count == 2 ? Int(pieces[1]) ?? 0 : 1
            guard step > 0 else { return nil }
            let bounds = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
            var low = range.lowerBound, high = range.upperBound
            if pieces[0] != "*" && pieces[0] != "?" {
                guard let first = number(bounds[0]), bounds.count <= 2 else { return nil }
                low = first
                high = pieces.count == 2 ? range.upperBound : first
                if bounds.count == 2 {
                    guard let last = number(bounds[1]) else { return nil }
                    high = last
                }
            }
            guard range.contains(low), range.contains(high), low <= high else { return nil }
            all.formUnion(stride(from: low, through: high, by: step))
        }
        return all
    }

    static func zone(_ name: String) -> TimeZone? {
        name.isEmpty ? TimeZone(identifier: "UTC") : TimeZone(identifier: name)
    }

    /// The first times after `start` up to `end`, at most `max`.
    func times(after start: Timestamp, until end: Timestamp, in zone: TimeZone, max: Int) -> [Timestamp] {
        if let everySeconds {
            let count = Int(end.seconds(since: start) / everySeconds)
            return count < 1 ? [] : (1...min(count, max)).map { start + everySeconds * Double($0) }
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        var found: [Timestamp] = []
        var minute = start.microseconds / 60_000_000 + 1
        let last = end.microseconds / 60_000_000
        // A year and a bit: more than one period of any schedule.
        let limit = minute + 366 * 1440
        while minute <= min(last, limit), found.count < max {
            let date = Date(timeIntervalSince1970: Double(minute * 60))
            let parts = calendar.dateComponents([.minute, .hour, .day, .month, .weekday], from: date)
            let isDay = isDay(parts)
            if isDay, hours.contains(parts.hour ?? -1) {
                if minutes.contains(parts.minute ?? -1) { found.append(Timestamp(microseconds: minute * 60_000_000)) }
                minute += 1
            } else {
                // To the next full hour; within a day that does not count, nothing can be missed.
                minute += Int64(60 - (parts.minute ?? 0))
            }
        }
        return found
    }

    private func isDay(_ parts: DateComponents) -> Bool {
        guard months.contains(parts.month ?? -1) else { return false }
        let isDay = days.contains(parts.day ?? -1), isWeekday = weekdays.contains((parts.weekday ?? 0) - 1)
        return limitsDays && limitsWeekdays ? isDay || isWeekday : isDay && isWeekday
    }
}
