import ArgumentParser
import Commands
import Platform
import RuleEngine

extension AgentTool {
    /// Runs what the command line says.
    package static func run() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        // Who runs for months keeps no help in memory.
        if arguments.first == "run" { return await AgentTool.main(arguments) }
        let tree: CommandTree
        do throws(DocumentProblem) { tree = try CommandTree(dump: AgentTool._dumpHelp()) } catch {
            CommandRunner.fail("The program cannot read its own help: \(error)", 1)
        }
        var runner = CommandRunner(tree: tree, program: Names.agent)
        runner.examples = [
            "": [
                ("What is wrong on this node now", "{ke} once"),
                ("Send findings to an aggregator", "{ke} run --aggregator http://127.0.0.1:7470"),
            ],
            "rules test": [("What rules would have found here", "{ke} rules test raid.yaml --journal --since 24h")],
            "rules check": [("Every mistake of a file", "{ke} rules check raid.yaml")],
            "completion": [("For this shell", "source <({ke} completion bash)")],
        ]
        runner.values = { question in
            switch question.parameter {
            case "id": RuleSet(users: []).rules.map { .init($0.id, $0.check) }
            case "output": ListText.formats.map { .init($0) }
            case "paths", "log", "journal-dir", "rules", "config", "state-dir", "kernel-log", "host-root": nil
            default: []
            }
        }
        await runner.run(AgentTool.self, arguments)
    }
}
