/// A number with its noun, which agrees with it: `1 rule`, `2 rules`, `0 rules`.
/// - Parameter plural: where it is not the noun and an `s`.
package func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}
