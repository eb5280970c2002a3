import Platform

/// Reads what somebody typed before the parser does: kubectl's ways of writing options, words that are no command, and
/// settings that stand in a file or the environment.
package struct CommandLineReader: Sendable {
    /// Flags of which one says where the answer comes from: who names one on the command line means that one.
    static let sources = ["aggregator", "context", "kubeconfig", "server", "cluster", "manifests", "contexts"]

    package let tree: CommandTree
    /// As it was typed: `ke`, `kubectl ke`.
    package let program: String
    package let settings: CommandSettings
    /// Pages of `help` that are no command.
    package let topics: [String]

    package init(tree: CommandTree, program: String, settings: CommandSettings, topics: [String] = []) {
        self.tree = tree
        self.program = program
        self.settings = settings
        self.topics = topics
    }

    /// A word that is no command.
    package struct UnknownCommand: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter typed: without the program's name.
    /// - Returns: the same as the parser takes them.
    package func read(_ typed: [String]) throws(UnknownCommand) -> [String] {
        if typed == ["-v"] { return ["--version"] }
        let arguments = reordered(typed)
        let (command, path) = tree.descend(arguments)
        let rest = Array(arguments.dropFirst(path.count))
        if let word = rest.first, !word.hasPrefix("-"), !command.subcommands.isEmpty {
            if path.isEmpty, word == "help" {
                try check(Array(rest.dropFirst()).filter { !$0.hasPrefix("-") })
                return arguments
            }
            if command.parameters.allSatisfy({ $0.kind != .positional }) { throw unknown(word, command, path) }
        }
        let normal = normalised(rest, command)
        return Array(arguments.prefix(path.count)) + settled(normal, command, path) + normal
    }

    /// Words behind `help`.
    private func check(_ words: [String]) throws(UnknownCommand) {
        let (command, path) = tree.descend(words)
        guard path.count < words.count else { return }
        if path.isEmpty, words.count == 1, topics.contains(words[0]) { return }
        throw unknown(words[path.count], command, path)
    }

    private func unknown(_ word: String, _ command: CommandTree, _ path: [String]) -> UnknownCommand {
        let whole = ([program] + path).joined(separator: " ")
        let names = command.subcommands.flatMap { [$0.name] + $0.aliases } + (path.isEmpty ? ["help"] + topics : [])
        let near = Suggestion.nearest(to: word, among: names).map { " Did you mean '\($0)'?" } ?? ""
        let shown = TextSafety.cut(TextSafety.printable(word), bytesMax: 80)
        return UnknownCommand(
            description: """
                '\(shown)' is not a valid command of \(whole).\(near)
                Commands: \(command.subcommands.map(\.name).joined(separator: ", ")).
                `\(whole) --help` explains them.
                """)
    }

    // MARK: Spellings

    /// `-n shop report` as `report -n shop`: kubectl takes options before the command too.
    private func reordered(_ words: [String]) -> [String] {
        var place = 0
        while place < words.count, words[place].hasPrefix("-") {
            let option = tree.anywhere(words[place])
            place += option?.kind == .option ? 2 : 1
        }
        guard place > 0, place < words.count, tree.child(words[place]) != nil else { return words }
        let path = tree.descend(Array(words[place...])).path
        return Array(words[place..<place + path.count]) + words[..<place] + words[(place + path.count)...]
    }

    /// `-ojson` and `-o=json` as `-o json`, `-o sarif=FILE` as `--also sarif=FILE`.
    private func normalised(_ words: [String], _ command: CommandTree) -> [String] {
        var out: [String] = []
        var place = 0
        while place < words.count {
            let word = words[place]
            place += 1
            if word == "--" { return out + words[(place - 1)...] }
            var name = word
            var value: String?
            if word.hasPrefix("-"), !word.hasPrefix("--"), word.count > 2 {
                let short = String(word.prefix(2))
                if command.parameter(named: short)?.kind == .option, command.parameter(named: word) == nil {
                    let text = word.dropFirst(2)
                    (name, value) = (short, String(text.hasPrefix("=") ? text.dropFirst() : text))
                }
            } else if word.hasPrefix("--"), let end = word.firstIndex(of: "=") {
                (name, value) = (String(word[..<end]), String(word[word.index(after: end)...]))
            }
            guard let parameter = command.parameter(named: name), parameter.kind == .option else {
                out.append(word)
                continue
            }
            if value == nil, place < words.count {
                value = words[place]
                place += 1
            }
            guard let value else {
                out.append(word)
                continue
            }
            if parameter.longName == "output", command.parameter(named: "--also") != nil, value.contains("=") {
                out += ["--also", value]
            } else if word.hasPrefix("--"), word != name {
                out.append(word)
            } else {
                out += [name, value]
            }
        }
        return out
    }

    // MARK: Settings

    /// Options that settings give and the command line does not.
    private func settled(_ words: [String], _ command: CommandTree, _ path: [String]) -> [String] {
        if path.isEmpty || words.contains("--help") || words.contains("-h") { return [] }
        var given: Set<String> = []
        for word in words {
            let name = word.prefix { $0 != "=" }
            if let parameter = command.parameter(named: String(name)) { given.insert(parameter.longName) }
        }
        var out: [String] = []
        let namesSource = !given.isDisjoint(with: Self.sources)
        for (name, value) in settings.values where !given.contains(name) {
            guard let parameter = command.parameter(named: "--" + name) else { continue }
            if namesSource, Self.sources.contains(name) { continue }
            if name == "namespace", given.contains("all-namespaces") { continue }
            // `install -o yaml` means something else.
            if name == "output", path != ["report"] { continue }
            switch parameter.kind {
            case .option: out.append("--\(name)=\(value)")
            case .flag: if value == "true" { out.append("--\(name)") }
            case .positional: continue
            }
        }
        return out
    }
}
