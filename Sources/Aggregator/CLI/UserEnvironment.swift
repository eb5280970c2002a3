import Commands

/// What the command line takes from a user's environment: `help environment` and the man pages.
enum UserEnvironment {
    static let variables: [(String, String)] =
        [
            ("KUBECONFIG", "Paths of kubeconfig files, as kubectl reads them."),
            ("KE_AGGREGATOR", "The aggregator's read address, as --aggregator."),
        ]
        + CommandSettings.variables.map {
            (CommandSettings.variable($0), "The value of --\($0) where it is not given.")
        }
        + [
            ("NO_COLOR", "Anything: no colours, unless --color=always."), ("TERM", "dumb: no colours."),
            ("COLUMNS", "The terminal's width where the terminal does not say."),
            ("LC_ALL, LC_MESSAGES, LANG", "A language that begins with zh: output in Chinese."),
        ]

    static let files: [(String, String)] = [
        (
            "$XDG_CONFIG_HOME/kubeeye/config.yaml, ~/.config/kubeeye/config.yaml",
            "Flags and their values, such as `lang: zh` or `context: prod`, for all commands that have them. The environment and the command line win over it."
        )
    ]

    static var text: String {
        func rows(_ all: [(String, String)]) -> [String] { all.flatMap { ["  \($0.0)", "      \($0.1)"] } }
        return (["Environment:", ""] + rows(variables) + ["", "Files:", ""] + rows(files)).joined(separator: "\n")
    }
}
