import ArgumentParser
import Commands
import Platform

/// `ke completion bash|zsh|fish|kubectl`
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script that completes commands, names and values in a shell.",
        discussion: """
            bash, zsh and fish complete ke, ke-aggregator and kubectl-ke. For `kubectl ke`, kubectl runs a program \
            named kubectl_complete-ke from the path: write the output of `completion kubectl` there and make it \
            executable.
            """)

    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish, kubectl }

    @Argument(help: "bash, zsh, fish or kubectl.")
    var shell: Shell

    func run() throws {
        if shell == .kubectl { return print("#!/bin/sh\nexec kubectl ke __complete \"$@\"") }
        print(CompletionScript.text(shell.rawValue, names: ["ke", Names.aggregator, "kubectl-ke"]) ?? "")
    }
}

/// `ke man report`
struct ManCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Print the man page of a command, in the format of man(7).")

    @Argument(help: "The command's words; none: the program itself.")
    var command: [String] = []

    func run() throws {
        let runner = AggregatorTool.runner(CommandSettings())
        let path = runner.tree.descend(command).path
        guard path.count == command.count else {
            throw CommandFailure(message: "'\(command.joined(separator: " "))' is not a valid command.")
        }
        print(
            ManualPage.text(
                runner.tree, program: runner.program, path: path,
                examples: runner.examples(path.joined(separator: " ")),
                more: [
                    .init("EXIT STATUS", ExitStatus.all.map { (String($0.status), $0.meaning) }),
                    .init("ENVIRONMENT", UserEnvironment.variables), .init("FILES", UserEnvironment.files),
                ], version: Version.text))
    }
}
