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

extension TrialResult {
    /// Rules that one trial counts.
    static let talliesMax = 2000
    static let examplesMax = 20
    static let problemsMax = 200

    /// What is wrong with a result that decoded well, or nil.
    package var problem: String? {
        if let problem = WireLimits.problem("the trial's id", trial, bytesMax: WireLimits.idBytesMax)
            ?? WireLimits.problem("the number of lines", Int64(clamping: lines))
            ?? WireLimits.problem("rules", count: tallies.count, max: Self.talliesMax)
            ?? WireLimits.problem("problems", count: problems.count, max: Self.problemsMax)
        {
            return problem
        }
        if problems.contains(where: { $0.utf8.count > WireLimits.textBytesMax }) {
            return "a problem over \(WireLimits.textBytesMax) bytes"
        }
        return tallies.firstProblem(\.limitProblem)
    }
}

extension TrialResult.Tally {
    fileprivate var limitProblem: String? {
        if let problem = WireLimits.problem("a rule", rule, bytesMax: WireLimits.nameBytesMax)
            ?? WireLimits.problem("matches", Int64(clamping: matches))
            ?? WireLimits.problem("findings", Int64(clamping: findings))
            ?? WireLimits.problem("a first time", first) ?? WireLimits.problem("a last time", last)
            ?? WireLimits.problem("examples", count: examples.count, max: TrialResult.examplesMax)
        {
            return problem
        }
        return examples.contains { $0.utf8.count > LogLine.bytesMax }
            ? "an example over \(LogLine.bytesMax) bytes" : nil
    }
}
