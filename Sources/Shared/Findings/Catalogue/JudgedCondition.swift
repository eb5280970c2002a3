/// A type of node condition that a check judges, and the status that is bad of it.
///
/// In `rules/checks`: `DiskPressure`, bad when `True`; `KernelReady=False`, bad when `False`.
package struct JudgedCondition: Sendable, Equatable {
    package let type: String
    package let badStatus: String

    /// nil: neither of the two spellings.
    package init?(_ text: String) {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        let status = parts.count == 1 ? "True" : parts[1]
        guard parts.count <= 2, !parts[0].isEmpty, ["True", "False"].contains(status) else { return nil }
        type = parts[0]
        badStatus = status
    }

    /// Whether a status means trouble or hides it: one that should be `True` and is `Unknown` does.
    package func isBad(_ status: String) -> Bool { badStatus == "True" ? status == "True" : status != "True" }
}
