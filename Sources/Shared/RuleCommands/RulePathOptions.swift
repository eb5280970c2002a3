package import ArgumentParser
import Findings
package import Platform
package import RuleEngine

/// The files that a rules command looks at, beside the built-in packs.
package struct RulePathOptions: ParsableArguments {
    @Argument(help: "Rule files or folders: ke/v1 YAML, or node-problem-detector's JSON.")
    package var paths: [String] = []

    @Flag(help: "Skip the built-in packs.")
    package var noBuiltIn = false

    package init() {}

    /// - Returns: the files, read, and a problem for each that could not be.
    package func read() -> (files: [RuleFile], unread: [DocumentProblem]) {
        let (texts, unread) = RuleFolders.texts(paths)
        return (RuleSet.read(texts), unread + RuleFolders.hosts(paths).problems)
    }

    package var builtIn: [RuleFile] { noBuiltIn ? [] : BuiltInRules.files }
}
