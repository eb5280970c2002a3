import Findings
package import Platform

/// What a trial found on one node.
package struct TrialResult: Codable, Sendable, Equatable {
    /// What one rule found.
    package struct Tally: Codable, Sendable, Equatable {
        package var rule: String
        /// Lines that its pattern claimed.
        package var matches = 0
        /// Findings that came of them, after thresholds and doubles.
        package var findings = 0
        package var first: Timestamp?
        package var last: Timestamp?
        package var examples: [String] = []

        package init(rule: String) { self.rule = rule }
    }

    package var trial: String
    package var node: String
    package var lines: Int
    package var tallies: [Tally]
    /// Logs that could not be read, and why; or why the scan ended early.
    package var problems: [String]

    package init(trial: String, node: String, lines: Int, tallies: [Tally], problems: [String]) {
        self.trial = trial
        self.node = node
        self.lines = lines
        self.tallies = tallies
        self.problems = problems
    }
}
