import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import CLI
@testable import Commands
@testable import Platform

/// What somebody types, before the parser reads it.
@Suite struct CommandLineTests {
    private static let runner = AggregatorTool.runner(CommandSettings())

    private func read(_ line: String, _ settings: [String: String] = [:]) throws -> [String] {
        try CommandLineReader(
            tree: Self.runner.tree, program: "ke", settings: CommandSettings(settings), topics: ["exit-codes"]
        ).read(line.split(separator: " ").map(String.init))
    }

    /// kubectl takes these, so do fingers.
    @Test(arguments: [
        ("report -ojson -nshop", "report -o json -n shop"), ("report -o=json", "report -o json"),
        ("report -lapp=web", "report -l app=web"), ("report -A -w", "report -A -w"),
        ("report -o table -o sarif=a.sarif", "report -o table --also sarif=a.sarif"),
        ("report -osarif=a=b.sarif", "report --also sarif=a=b.sarif"),
        ("report --output=json", "report --output=json"), ("diag -owide", "diag -o wide"),
        ("report --manifests -", "report --manifests -"), ("checks -ojson", "checks -o json"),
        ("silence X --for 4h", "silence X --for 4h"), ("report -fa.yaml -fb.yaml", "report -f a.yaml -f b.yaml"),
        ("report -n -x", "report -n -x"),
        ("-n shop report -w", "report -n shop -w"), ("-nshop --context=a rules list", "rules list -n shop --context=a"),
        ("-v", "--version"), ("--version", "--version"),
    ]) func spellingsOfKubectlAreRead(_ typed: String, _ parsed: String) throws {
        #expect(try read(typed).joined(separator: " ") == parsed)
    }

    @Test(arguments: [
        ("repot", "'report'"), ("reprot --kubeconfig x", "'report'"), ("rules chek", "'check'"),
        ("help nosuch", "'nosuch' is not a valid command of ke"), ("help rules nw", "'new'"), ("instal", "'install'"),
        ("versoin", "'version'"),
    ]) func wordsThatAreNoCommandAreRefused(_ typed: String, _ part: String) {
        let error = #expect(throws: CommandLineReader.UnknownCommand.self) { try read(typed) }
        #expect(error?.description.contains(part) ?? false, "\(error?.description ?? "")")
        #expect(error?.description.contains("--help` explains them") ?? false)
    }

    @Test(arguments: [
        "help", "help report", "help exit-codes", "help rules new", "checks", "--version", "", "why pod x",
    ])
    func otherWordsPass(_ typed: String) throws {
        #expect(try read(typed).joined(separator: " ") == typed)
    }

    @Test func settingsStandWhereNothingIsTyped() throws {
        let all = ["context": "prod", "lang": "zh", "output": "wide", "namespace": "shop", "strict": "true"]
        #expect(
            try read("report", all).dropFirst().sorted()
                == ["--context=prod", "--lang=zh", "--namespace=shop", "--output=wide", "--strict"])
        #expect(try read("report -A --lang en -o json --server x", all).contains("--namespace=shop") == false)
        let typed = try read("report -A --lang en -o json --server x", all)
        #expect(typed == ["report", "--strict", "-A", "--lang", "en", "-o", "json", "--server", "x"])
        #expect(try read("install", all) == ["install", "--context=prod", "--namespace=shop"])
        #expect(try read("report --help", all) == ["report", "--help"])
    }

    @Test func settingsComeFromAFileAndTheEnvironment() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/kubeeye", withIntermediateDirectories: true)
        let file = folder.path + "/kubeeye/config.yaml"
        let flags = Self.runner.tree.flags
        let environment = ["XDG_CONFIG_HOME": folder.path, "KE_CONTEXT": "test", "HOME": "/nowhere"]
        #expect(try CommandSettings.load(environment, flags: flags) == CommandSettings(["context": "test"]))
        try Data("context: prod\nlang: zh\nlimit: 5\nstrict: true\n".utf8).write(to: URL(filePath: file))
        #expect(
            try CommandSettings.load(environment, flags: flags)
                == CommandSettings(["context": "test", "lang": "zh", "limit": "5", "strict": "true"]))
        try Data("contxt: prod\n".utf8).write(to: URL(filePath: file))
        let error = #expect(throws: DocumentProblem.self) { try CommandSettings.load(environment, flags: flags) }
        #expect(error?.description.contains("Did you mean 'context'?") ?? false, "\(String(describing: error))")
        #expect(error?.mark == Mark(line: 1, column: 1))
        #expect(CommandSettings.path(["HOME": "/home/a"]) == "/home/a/.config/kubeeye/config.yaml")
        #expect(CommandSettings.path([:]) == nil)
    }

    /// Each variable is one of a flag that is there.
    @Test func variablesAreOfFlags() {
        for name in CommandSettings.variables { #expect(Self.runner.tree.flags.contains(name), "\(name)") }
    }

    @Test func everyExampleIsParsed() throws {
        var count = 0
        for (path, examples) in CommandExamples.all {
            #expect(path.isEmpty || !Self.runner.tree.descend(path.split(separator: " ").map(String.init)).path.isEmpty)
            for example in examples {
                var words: [String] = []
                for (place, part) in example.command.split(separator: "'").enumerated() {
                    let parts = place % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
                    words += parts
                }
                words = Array(
                    words.drop { $0 != "{ke}" && $0 != "<({ke}" }.dropFirst().prefix { $0 != ">" && $0 != "|" })
                words = words.map { $0.hasSuffix(")") ? String($0.dropLast()) : $0 }
                let read = try CommandLineReader(
                    tree: Self.runner.tree, program: "ke", settings: CommandSettings()
                ).read(words)
                #expect(throws: Never.self, "\(example.command)") { try AggregatorTool.parseAsRoot(read) }
                count += 1
            }
        }
        #expect(count > 20)
    }

    @Test func helpBeginsWithExamplesAndEndsWithTheConnection() {
        let text = AggregatorTool.helpMessage(for: ReportCommand.self, columns: 80)
        let help = Self.runner.help(text, ["report"])
        let titles = ["OVERVIEW:", "EXAMPLES:", "USAGE:", "OPTIONS:", "CHECKS:", "CLUSTER:"]
        let places = titles.compactMap { help.range(of: $0)?.lowerBound }
        #expect(places.count == titles.count)
        #expect(places == places.sorted())
        #expect(help.contains("# One namespace, again and again"))
        // Nothing is lost.
        for line in text.split(separator: "\n") { #expect(help.contains(line), "\(line)") }
        let root = Self.runner.help(AggregatorTool.helpMessage(columns: 80), [])
        #expect(root.hasSuffix("for detailed help."))
    }

    @Test func statusesAndVariablesHavePages() {
        #expect(ExitStatus.text.contains("  64  The command line is not valid."))
        #expect(UserEnvironment.text.contains("KE_FAIL_ON"))
        #expect(Set(Self.runner.topics.map(\.name)) == ["exit-codes", "environment"])
    }

    private func complete(_ words: String...) async -> (texts: [String], isFile: Bool) {
        let found = await Completion(tree: Self.runner.tree, topics: ["exit-codes"]).candidates(
            words, values: CompletionValues.candidates)
        return (found.candidates.map(\.text), found.isFile)
    }

    @Test func completionKnowsWhatTheProgramKnows() async {
        #expect(await complete("re").texts == ["report"])
        #expect(await complete("report", "-o", "sa").texts == ["sarif"])
        #expect(await complete("report", "--output=js").texts == ["--output=json"])
        #expect(await complete("report", "--fail").texts == ["--fail-on"])
        #expect(await complete("report", "--fail-on", "").texts == ["info", "warning", "danger", "fatal"])
        #expect(await complete("report", "--only", "NodeDisk,NodeMem").texts.contains("NodeDisk,NodeMemory"))
        #expect(await complete("checks", "explain", "PodPend").texts == ["PodPending"])
        #expect(await complete("rules", "show", "kernel-oo").texts.contains("kernel-oops"))
        #expect(await complete("help", "exi").texts == ["exit-codes"])
        #expect(await complete("completion", "f").texts == ["fish"])
        #expect(await complete("report", "--manifests", "").isFile)
        #expect(await complete("report", "--kubeconfig", "x").isFile)
        let text = Completion.text(([.init("a", "b\nc"), .init("d")], false))
        #expect(text == "a\tb\nd\n:4")
    }

    @Test func scriptsAreOfAllShells() {
        for shell in CompletionScript.shells {
            let script = CompletionScript.text(shell, names: ["ke", "kubectl-ke"])
            #expect(script?.contains("__complete") ?? false)
        }
        #expect(CompletionScript.text("csh", names: ["ke"]) == nil)
    }

    @Test func manualPagesKeepTheirTexts() {
        let text = ManualPage.text(
            Self.runner.tree, program: "ke", path: ["report"], examples: [("A gate", "ke report --fail-on danger")],
            more: [.init("FILES", [(".a", "'b")])], version: "1")
        #expect(text.hasPrefix(".TH \"KE\\-REPORT\" 1 "))
        #expect(text.contains("\n.B \\-o, \\-\\-output <output>\n"))
        #expect(text.contains("\n\\&'b"))
        #expect(
            text.range(of: "\n.SH CHECKS")?.lowerBound ?? text.endIndex < text.range(of: "\n.SH CLUSTER")?.lowerBound
                ?? text.startIndex)
    }

    @Test(arguments: [
        ("/usr/bin/ke", "ke"), ("kubectl-ke", "kubectl ke"), ("./ke-aggregator", "ke-aggregator"),
        ("/tmp/other", "ke-aggregator"),
    ]) func theProgramIsNamedAsItWasTyped(_ path: String, _ name: String) {
        #expect(ProgramName.typed(path, known: ["ke", "ke-aggregator"], standard: "ke-aggregator") == name)
    }

    @Test func listsAreForProgramsToo() throws {
        let rows: [[(String, ListText.Value)]] = [
            [("id", .text("a\"\u{9B}")), ("n", .number(2)), ("all", .texts(["x"]))]
        ]
        let json = try #require(try ListText.text(rows, format: "json"))
        let read = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
        #expect(read[0]["id"] as? String == "a\"\u{9B}")
        #expect(!json.unicodeScalars.contains("\u{9B}"))
        #expect(try ListText.text(rows, format: "yaml")?.contains("'n': 2") ?? false)
        #expect(try ListText.text(rows, format: "table") == nil)
        #expect(throws: CommandFailure.self) { try ListText.text(rows, format: "xml") }
    }
}
