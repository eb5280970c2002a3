package import RuleEngine

/// The rules that run, and where they came from.
package struct RunningRules: Sendable {
    package var set: RuleSet
    /// Of the users' files alone.
    package var userDigest: String
    package var instructionsDigest: String?
    /// Of the instructions that change rules.
    package var adjustmentsDigest = ""

    package init(
        set: RuleSet, userDigest: String, instructionsDigest: String? = nil, adjustmentsDigest: String = ""
    ) {
        self.set = set
        self.userDigest = userDigest
        self.instructionsDigest = instructionsDigest
        self.adjustmentsDigest = adjustmentsDigest
    }
}
