import Regex

/// One entry of a rule's `where:`: what a capture must be for the line to count.
///
/// `abs(offset) >= 1.0`, `count > 3`, `took >= 500ms`, `active < total`, `device !~ '^loop'`. Numbers on both sides may
/// carry a unit (`Quantity`). A test of a group that took no part in the match is not applied: another alternative of
/// the pattern matched.
package struct CaptureTest: Hashable, Sendable {
    /// What is wrong with a test, in words.
    package struct Problem: Error, Equatable { package let message: String }

    /// How many a rule may have.
    package static let countMax = 8

    enum Comparison: String, CaseIterable, Sendable {
        case atLeast = ">="
        case atMost = "<="
        case equal = "=="
        case notEqual = "!="
        case matches = "=~"
        case matchesNot = "!~"
        case above = ">"
        case below = "<"
    }

    enum Operand: Hashable, Sendable {
        case number(Double)
        case capture(String)
        case pattern(String)
    }

    /// The answer for one line.
    package enum Outcome: Equatable, Sendable {
        case holds
        case fails
        /// The group took no part in the match.
        case notCaptured
        /// The captured text, which is not a number.
        case notANumber(String)

        /// Whether the line counts for the rule.
        package var counts: Bool { self == .holds || self == .notCaptured }
    }

    /// As it was written.
    package let source: String
    let name: String
    let isAbsolute: Bool
    let comparison: Comparison
    let operand: Operand
    private let regex: LazyRegex?

    /// Captures that it names.
    package var names: [String] {
        if case .capture(let other) = operand { [name, other] } else { [name] }
    }

    /// - Throws: `Problem`, which says what a test looks like.
    package init(_ text: String) throws(Problem) {
        guard let found = Self.grammar?.captures(in: text), let left = found["name"],
            let comparison = found["operator"].flatMap(Comparison.init(rawValue:)), let right = found["value"]
        else {
            throw Problem(
                message:
                    "'\(text)' is not a valid test; write `abs(offset) >= 1.0`, `took > 500ms` or `device !~ '^loop'`")
        }
        source = text
        name = left
        isAbsolute = found["abs"] != nil
        self.comparison = comparison
        if comparison == .matches || comparison == .matchesNot {
            if isAbsolute { throw Problem(message: "'\(text)': abs() is a number; compare it with < <= > >= == !=") }
            let pattern = Self.unquoted(right)
            do throws(RegexError) { _ = try Regex(pattern) } catch {
                throw Problem(message: "'\(text)': not a valid RE2 expression: \(error.message)")
            }
            operand = .pattern(pattern)
            regex = LazyRegex(pattern)
        } else {
            regex = nil
            if let number = Quantity.value(right) {
                operand = .number(number)
            } else if Self.isName(right) {
                operand = .capture(right)
            } else {
                throw Problem(
                    message: "'\(text)': '\(right)' is not a valid number; units are \(Quantity.unitNames)")
            }
        }
    }

    private static let grammar = try? Regex(
        #"^\s*(?:(?P<abs>abs)\(\s*)?(?P<name>[A-Za-z_]\w*)\s*\)?\s*(?P<operator>>=|<=|==|!=|=~|!~|>|<)\s*(?P<value>\S.*?)\s*$"#
    )

    private static func isName(_ text: String) -> Bool {
        text.first.map { $0.isLetter || $0 == "_" } == true
            && text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let quote = text.first, quote == text.last, quote == "'" || quote == "\"" else {
            return text
        }
        return String(text.dropFirst().dropLast())
    }

    package func outcome(_ captures: [String: String]) -> Outcome {
        guard let text = captures[name] else { return .notCaptured }
        if let regex {
            let isMatch = regex.compiled?.captures(in: text) != nil
            return isMatch == (comparison == .matches) ? .holds : .fails
        }
        guard let raw = Quantity.value(text) else { return .notANumber(text) }
        let left = isAbsolute ? abs(raw) : raw
        let right: Double
        switch operand {
        case .number(let number): right = number
        case .capture(let other):
            guard let text = captures[other] else { return .notCaptured }
            guard let number = Quantity.value(text) else { return .notANumber(text) }
            right = number
        case .pattern: return .fails
        }
        let holds =
            switch comparison {
            case .atLeast: left >= right
            case .atMost: left <= right
            case .equal: left == right
            case .notEqual: left != right
            case .above: left > right
            case .below: left < right
            case .matches, .matchesNot: false
            }
        return holds ? .holds : .fails
    }

    package static func == (a: CaptureTest, b: CaptureTest) -> Bool { a.source == b.source }
    package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
