/// What the exit statuses mean: `help exit-codes` and the man pages.
enum ExitStatus {
    static let all: [(status: Int32, meaning: String)] = [
        (0, "Success; with --fail-on, nothing at or above that severity was found and everything was observed."),
        (1, "The command failed: no report could be made, a file could not be read, rules have mistakes."),
        (2, "With --fail-on: something at or above that severity was found."),
        (
            3,
            "Nothing was found, but something was not observed: with --fail-on a check, with --contexts a cluster."
        ),
        (64, "The command line is not valid."),
    ]

    static var text: String {
        (["Exit statuses:", ""]
            + all.map { "  \($0.status)\(String(repeating: " ", count: $0.status > 9 ? 2 : 3))\($0.meaning)" })
            .joined(separator: "\n")
    }
}
