package import Platform

/// When a kind was read, for comparing ages with limits.
///
/// Each comparison notes when it will come out otherwise. So a part of the cluster in which nothing changes need not be
/// looked at again before.
package struct ReadTime {
    /// For the stamps of findings. What is compared with it by hand changes unnoticed.
    package let time: Timestamp
    private let deadlines: AgeDeadlines

    package init(_ time: Timestamp, _ deadlines: AgeDeadlines) {
        self.time = time
        self.deadlines = deadlines
    }

    package func seconds(since time: Timestamp) -> Age { Age(self.time.seconds(since: time), deadlines) }

    /// Whether a time lies before this one.
    package func isAfter(_ time: Timestamp) -> Bool { seconds(since: time) > 0 }
}

/// When one of the ages that were compared reaches its limit. Belongs to one evaluation of one part.
package final class AgeDeadlines {
    /// A text that says how old something is may lag by this part of the age, and by `textSecondsLeast` at least.
    private static let textLag = 0.1
    private static let textSecondsLeast = 15.0
    /// What is true at a limit need not be true after it: the clock's step.
    fileprivate static let afterwards = 1e-6

    /// A part is looked at again after this time, whatever it waits for. Seconds.
    package static let farthest = 600.0

    /// Seconds from now; infinite where no age counts.
    package private(set) var next = Double.infinity

    package init() {}

    package func note(in seconds: Double) { if seconds >= 0, seconds < next { next = seconds } }

    fileprivate func noteText(_ age: Double) { note(in: max(Self.textSecondsLeast, age * Self.textLag)) }
}

/// How long ago something was, in seconds; negative where it is still to come.
package struct Age {
    private let seconds: Double
    private let deadlines: AgeDeadlines

    fileprivate init(_ seconds: Double, _ deadlines: AgeDeadlines) {
        self.seconds = seconds
        self.deadlines = deadlines
    }

    /// For texts.
    package var shown: Double {
        deadlines.noteText(seconds)
        return seconds
    }

    package static func > (age: Age, limit: Double) -> Bool {
        if age.seconds > limit { return true }
        age.deadlines.note(in: limit - age.seconds + AgeDeadlines.afterwards)
        return false
    }

    package static func >= (age: Age, limit: Double) -> Bool {
        if age.seconds >= limit { return true }
        age.deadlines.note(in: limit - age.seconds)
        return false
    }

    package static func <= (age: Age, limit: Double) -> Bool { !(age > limit) }
    package static func < (age: Age, limit: Double) -> Bool { !(age >= limit) }
}

extension GoDuration {
    /// Like `1h30m`, in whole seconds, without what is small beside the rest.
    package static func brief(_ age: Age) -> String { brief(age.shown) }
}
