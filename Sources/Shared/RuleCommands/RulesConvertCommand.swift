package import ArgumentParser
import Findings
import Platform
import RuleEngine

/// `rules convert`: node-problem-detector's JSON as `ke/v1`.
package struct RulesConvertCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "convert", abstract: "Convert node-problem-detector's log monitors to ke/v1 rules.")

    @Argument(help: "node-problem-detector's JSON files.")
    package var paths: [String]

    package init() {}

    package func run() throws {
        let (texts, unread) = RuleFolders.texts(paths)
        for problem in unread { throw CommandFailure(message: problem.description) }
        for file in RuleSet.read(texts) {
            for problem in file.errors { throw CommandFailure(message: problem.description) }
            if let reason = file.notALogMonitor {
                throw CommandFailure(
                    message: "\(file.name): \(reason); it runs unchanged, so there is nothing to convert.")
            }
            let (rules, notes) = RuleConverter.convert(file)
            print(RuleWriter.file(rules, comment: ["From \(file.name)."] + notes), terminator: "")
        }
    }
}
