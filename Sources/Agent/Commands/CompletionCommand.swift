import ArgumentParser
import Commands
import Platform

/// `ke-agent completion bash|zsh|fish`
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script that completes commands and values in a shell.")

    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() { print(CompletionScript.text(shell.rawValue, names: [Names.agent]) ?? "") }
}

/// `ke-agent version`
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the version.")

    @Option(name: .shortAndLong, help: "table, json or yaml.")
    var output = "table"

    func run() throws {
        print(try ListText.text([("version", .text(Version.text))], format: output) ?? Version.text)
    }
}
