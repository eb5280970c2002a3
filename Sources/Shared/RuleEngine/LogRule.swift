package import Findings

/// One rule, whatever format it came in.
package struct LogRule: Sendable {
    /// What the pattern is held against.
    package enum Semantics: Hashable, Sendable {
        /// Each record alone, anywhere in it. The first rule of a selector that matches a line claims it.
        case line
        /// node-problem-detector's: the last `bufferSize` records joined by line breaks, the match ending at the
        /// newest record's end. `monitor` tells the files apart: each has a buffer of its own.
        case window(bufferSize: Int, monitor: Int)
    }

    package struct Threshold: Hashable, Sendable {
        package var count: Int
        package var withinSeconds: Double
        /// nil: nothing is reported below `count`; else the severity from `count` on.
        package var severity: Severity?
        /// A line that takes the newest occurrence back, as a wanted stop does a start.
        package var reverts: String?
    }

    /// A node condition that a match sets.
    package struct Condition: Hashable, Sendable {
        package var type: String
        /// Catalogue id of the state; `type` when empty.
        package var check: String
        package var clears: String?
        package var clearsAfterSeconds: Double?
        /// A sampler or probe that ends it when it looks and finds nothing.
        package var probe: String?
        package var severity: Severity?
    }

    /// Occurrences with equal captures within the span count once.
    package struct Once: Hashable, Sendable {
        package var by: [String]
        package var withinSeconds: Double
    }

    /// Waits between tasks: the rule fires when one closes a cycle.
    package struct Cycle: Hashable, Sendable {
        package var from: String
        package var to: String
        package var withinSeconds: Double
    }

    package enum Target: String, CaseIterable, Sendable { case node, pod }

    package var id: String
    package var check: String
    package var reason: String
    package var severity: Severity
    package var selector: SourceSelector
    package var semantics: Semantics
    package var pattern: String
    /// What the captures must be for a matching line to count; all of them.
    package var tests: [CaptureTest] = []
    /// Earlier lines whose captures join this one's.
    package var with: [String] = []
    package var withinSeconds = 10.0
    package var message: MessageTemplate?
    package var subject: MessageTemplate?
    package var target = Target.node
    package var suffix = ""
    package var condition: Condition?
    package var threshold: Threshold?
    package var once: Once?
    package var cycle: Cycle?
    package var also: [String] = []
    /// Later rules may claim the line too.
    package var continues = false
    /// A match within this long after the boot is normal and counts for nothing.
    package var afterBootSeconds: Double?
    /// Which versions and spellings of the message the pattern covers.
    package var variants: [String] = []
    package var why = Wording()
    package var remedy = Wording()
    /// What to type first; those of the check's entry where it has none.
    package var commands: [CommandTemplate] = []
    package var matchSamples: [String] = []
    package var ignoreSamples: [String] = []
    /// `file:line:column` of the rule.
    package var origin: String
    /// node-problem-detector's `permanent`: sets a condition and reports it as an event.
    package var isPermanent = false

    /// What a match is about; parts that the line does not have leave no gap.
    package func subjectText(_ captures: [String: String], line: String) -> String {
        subject?.render(captures, line: line).trimmingSpaces() ?? ""
    }

    /// Whether a line that the pattern matches counts.
    package func accepts(_ captures: [String: String]) -> Bool {
        tests.allSatisfy { $0.outcome(captures).counts }
    }
}
