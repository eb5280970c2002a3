package import Platform
import YAML

/// A command with its options and subcommands, as the program itself declares them: help, completion, man pages and
/// suggestions are made from it, so that none of them can name what is not there.
package struct CommandTree: Sendable {
    /// An option, a flag or an argument without a name.
    package struct Parameter: Sendable {
        package enum Kind: String, Sendable { case positional, option, flag }

        package let kind: Kind
        /// With their dashes, the short one first: `-n`, `--namespace`.
        package let names: [String]
        /// What stands for its value in help.
        package let valueName: String
        package let summary: String
        package let defaultValue: String
        /// The title that it stands under in help; empty for the command's own.
        package let section: String
        package let isRepeating: Bool
        package let isOptional: Bool
        package let values: [String]

        /// `namespace`; empty where it has no long name.
        package var longName: String { names.last { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) } ?? "" }
    }

    package let name: String
    package let aliases: [String]
    package let summary: String
    package let discussion: String
    package let parameters: [Parameter]
    package let subcommands: [CommandTree]
    package let defaultSubcommand: String

    /// - Parameter dump: what `_dumpHelp()` of the program's command gives: JSON of swift-argument-parser's
    ///   `ToolInfoV0`.
    /// - Throws: where it is not that.
    package init(dump: String) throws(DocumentProblem) {
        let root = try JSONReader.read(Array(dump.utf8))
        guard let command = root["command"] else {
            throw DocumentProblem(file: "", mark: root.mark, message: "there is no command")
        }
        self.init(command)
    }

    private init(_ node: Node) {
        name = node["commandName"]?.string ?? ""
        aliases = (node["aliases"]?.items ?? []).compactMap(\.string)
        summary = node["abstract"]?.string ?? ""
        discussion = node["discussion"]?.string ?? ""
        defaultSubcommand = node["defaultSubcommand"]?.string ?? ""
        parameters = (node["arguments"]?.items ?? []).filter { $0["shouldDisplay"]?.value != .bool(false) }
            .compactMap(Self.parameter)
        subcommands = (node["subcommands"]?.items ?? []).filter {
            $0["shouldDisplay"]?.value != .bool(false) && $0["commandName"]?.string != "help"
        }.map(CommandTree.init)
    }

    private static func parameter(_ node: Node) -> Parameter? {
        guard let kind = (node["kind"]?.string).flatMap(Parameter.Kind.init) else { return nil }
        let names = (node["names"]?.items ?? []).compactMap { name -> String? in
            guard let text = name["name"]?.string else { return nil }
            return (name["kind"]?.string == "long" ? "--" : "-") + text
        }
        return Parameter(
            kind: kind, names: names.sorted { ($0.hasPrefix("--") ? 1 : 0) < ($1.hasPrefix("--") ? 1 : 0) },
            valueName: node["valueName"]?.string ?? "", summary: node["abstract"]?.string ?? "",
            defaultValue: node["defaultValue"]?.string ?? "", section: node["sectionTitle"]?.string ?? "",
            isRepeating: node["isRepeating"]?.value == .bool(true),
            isOptional: node["isOptional"]?.value == .bool(true),
            values: (node["allValues"]?.items ?? []).compactMap(\.string))
    }

    /// A command right below it, by name or alias.
    package func child(_ name: String) -> CommandTree? {
        subcommands.first { $0.name == name || $0.aliases.contains(name) }
    }

    /// The command that words lead to, and how many of them do.
    package func descend(_ words: [String]) -> (command: CommandTree, path: [String]) {
        var command = self, path: [String] = []
        for word in words {
            guard let next = command.child(word) else { break }
            path.append(next.name)
            command = next
        }
        return (command, path)
    }

    /// The option or flag with this name, dashes and all; one of a default subcommand too.
    package func parameter(named name: String) -> Parameter? {
        func own(_ command: CommandTree) -> Parameter? { command.parameters.first { $0.names.contains(name) } }
        return own(self) ?? child(defaultSubcommand).flatMap(own) ?? subcommands.lazy.compactMap(own).first
    }
}

extension CommandTree {
    /// An option or flag of any command.
    func anywhere(_ name: String) -> Parameter? {
        if let own = parameters.first(where: { $0.names.contains(name) }) { return own }
        return subcommands.lazy.compactMap { $0.anywhere(name) }.first
    }

    /// Long names of all options and flags, of all commands.
    package var flags: [String] {
        Set(parameters.map(\.longName) + subcommands.flatMap(\.flags)).filter { !$0.isEmpty }.sorted()
    }
}
