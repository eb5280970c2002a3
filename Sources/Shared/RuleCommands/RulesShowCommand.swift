package import ArgumentParser
import Findings
import Platform
package import RuleEngine

/// `rules show ID`: one rule, whole.
package struct RulesShowCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print one rule as YAML, with its origin.")

    @Argument(help: "The rule's id.")
    package var id: String

    @Argument(help: "Your rule files or folders.")
    package var paths: [String] = []

    package init() {}

    package func run() throws {
        let (texts, _) = RuleFolders.texts(paths)
        print(try Self.text(id, in: RuleSet(users: RuleSet.read(texts))), terminator: "")
    }

    /// - Throws: `CommandFailure` with the nearest id.
    package static func text(_ id: String, in set: RuleSet) throws -> String {
        guard let rule = set.rules.first(where: { $0.id == id }) else {
            let near = Suggestion.nearest(to: id, among: set.rules.map(\.id)).map { " Did you mean '\($0)'?" } ?? ""
            throw CommandFailure(message: "There is no rule '\(id)'.\(near) `rules list` names them all.")
        }
        return RuleWriter.file([rule], comment: [rule.origin])
    }
}
