import ArgumentParser
import Commands
import Foundation
import Platform

extension AggregatorTool {
    /// As it was typed.
    static var program: String {
        ProgramName.typed(
            CommandLine.arguments.first, known: ["ke", Names.aggregator], standard: Names.aggregator)
    }

    /// Runs what the command line says.
    package static func run() async {
        let environment = ProcessInfo.processInfo.environment
        let arguments = Array(CommandLine.arguments.dropFirst())
        // What runs in the cluster has its own configuration, and keeps no help in memory.
        if arguments.first == "serve" { return await AggregatorTool.main(arguments) }
        var runner = runner(CommandSettings())
        if ["__complete", "completion", "man", "version"].contains(arguments.first) {
            return await runner.run(AggregatorTool.self, arguments)
        }
        do throws(DocumentProblem) {
            runner.settings = try CommandSettings.load(environment, flags: runner.tree.flags)
        } catch {
            CommandRunner.fail("\(error)", 1)
        }
        await runner.run(AggregatorTool.self, arguments)
    }

    static func runner(_ settings: CommandSettings) -> CommandRunner {
        let tree: CommandTree
        do throws(DocumentProblem) { tree = try CommandTree(dump: AggregatorTool._dumpHelp()) } catch {
            CommandRunner.fail("The program cannot read its own help: \(error)", 1)
        }
        var runner = CommandRunner(tree: tree, program: program)
        runner.settings = settings
        runner.topics = [
            .init(name: "exit-codes", text: ExitStatus.text), .init(name: "environment", text: UserEnvironment.text),
        ]
        runner.examples = CommandExamples.all
        runner.lastSections = ["CHECKS", "CLUSTER"]
        runner.values = { await CompletionValues.candidates($0) }
        return runner
    }
}
