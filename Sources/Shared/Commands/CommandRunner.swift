package import ArgumentParser
internal import Glibc
import Platform

/// Starts a program: reads what was typed, answers shells and asks for help, and runs the command.
package struct CommandRunner: Sendable {
    /// `EX_USAGE` of sysexits.h.
    static let usageStatus: Int32 = 64

    /// A page of `help` that is no command.
    package struct Topic: Sendable {
        package let name: String
        package let text: String

        package init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    package let tree: CommandTree
    package let program: String
    package var settings = CommandSettings()
    package var topics: [Topic] = []
    /// By the words of a command; `{ke}` stands for the program.
    package var examples: [String: [(purpose: String, command: String)]] = [:]
    /// Titles of help's sections that come last.
    package var lastSections: [String] = []
    /// Candidates for a value; nil: it is a file's name.
    package var values: @Sendable (Completion.Question) async -> [Completion.Candidate]? = { _ in nil }

    package init(tree: CommandTree, program: String) {
        self.tree = tree
        self.program = program
    }

    /// - Parameter arguments: without the program's name.
    package func run<Root: ParsableCommand>(_ root: Root.Type, _ arguments: [String]) async {
        if arguments.first == "__complete" {
            let completion = Completion(tree: tree, topics: topics.map(\.name))
            let found = await completion.candidates(Array(arguments.dropFirst()), values: values)
            return print(Completion.text(found))
        }
        if arguments.first == "help", arguments.count == 2, let topic = topics.first(where: { $0.name == arguments[1] })
        {
            return print(topic.text)
        }
        let reader = CommandLineReader(
            tree: tree, program: program, settings: settings, topics: topics.map(\.name))
        let words: [String]
        do throws(CommandLineReader.UnknownCommand) { words = try reader.read(arguments) } catch {
            Self.fail("\(error)", Self.usageStatus)
        }
        do {
            var command = try root.parseAsRoot(words)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(root, error, words)
        }
    }

    private func end<Root: ParsableCommand>(_ root: Root.Type, _ error: any Error, _ words: [String]) -> Never {
        let text = root.fullMessage(for: error)
        guard root.exitCode(for: error) == .success, text.hasPrefix("OVERVIEW") || text.hasPrefix("USAGE") else {
            root.exit(withError: error)
        }
        print(help(text, words))
        exit(0)
    }

    /// Help as the parser wrote it, in the order in which it is read.
    package func help(_ text: String, _ words: [String]) -> String {
        let path = tree.descend(words.filter { $0 != "help" }).path.joined(separator: " ")
        return HelpPage.ordered(text, examples: examples(path), last: lastSections)
    }

    package func examples(_ path: String) -> [(purpose: String, command: String)] {
        (examples[path] ?? []).map { ($0.purpose, $0.command.replacing("{ke}", with: program)) }
    }

    package static func fail(_ message: String, _ status: Int32) -> Never {
        let text = Array("Error: \(message)\n".utf8)
        _ = write(STDERR_FILENO, text, text.count)
        exit(status)
    }
}
