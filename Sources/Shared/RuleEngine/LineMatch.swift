package import Platform
import Regex

/// What a record did to a rule.
package struct LineMatch: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The rule matched.
        case rule
        /// One of its `with` lines: remembered, no finding.
        case context(Int)
        /// The line that ends its condition.
        case clears
        /// A line that takes the newest counted one back.
        case reverts
    }

    /// Index in the group's rules.
    package let rule: Int
    package let kind: Kind
    /// Named groups.
    package let captures: [String: String]
    /// The matched records, joined by line breaks, with the rule's suffix.
    package let text: String
    /// The first matched record's time.
    package let time: Timestamp
    /// How many records before the newest the match began.
    package let recordsBack: Int
}
