import ArgumentParser
import Testing

@testable import CLI
@testable import Findings
@testable import Platform
@testable import Report

/// Commands as this reader has to type them.
@Suite struct InvocationTests {
    private let plugin = Invocation(program: "kubectl ke", cluster: "--context prod", own: "--lang zh")

    @Test(arguments: [
        ("kubectl -n shop get pods", "kubectl --context prod -n shop get pods"),
        ("ke report --only Drill", "kubectl ke report --only Drill --context prod --lang zh"),
        ("df -h", "df -h"), ("kubectlx get", "kubectlx get"),
    ]) func flagsThatNameTheClusterAreCarried(_ command: String, _ typed: String) {
        #expect(plugin.typed(command) == typed)
        #expect(Invocation(program: "ke").typed(command) == command)
    }

    @Test(
        arguments: [
            ("ke", "ke"), ("./ke-aggregator", "./ke-aggregator"), ("/usr/local/bin/kubectl-ke", "kubectl ke"),
            ("/opt/my tools/ke", "'/opt/my tools/ke'"), (nil, "ke-aggregator"),
        ] as [(String?, String)]) func theProgramIsNamedAsItWasCalled(_ argument: String?, _ name: String)
    {
        #expect(TypedWords.program(argument) == name)
    }

    @Test func secretsAreNotCarried() throws {
        let options = try ConnectionOptions.parse([
            "--kubeconfig", "/tmp/my config", "--context", "a", "--token", "s3cret", "--as", "jane", "--as-group",
            "ops",
            "--insecure-skip-tls-verify", "-n", "shop",
        ])
        #expect(
            options.words
                == "--kubeconfig '/tmp/my config' --context a --as jane --as-group ops --insecure-skip-tls-verify")
    }

    @Test func commandsBreakBetweenWordsOnly() {
        let command = "kubectl -n shop logs 'a b c' --previous"
        #expect(TerminalWidth.command(command, columns: 0) == [command])
        #expect(TerminalWidth.command(command, columns: 24) == ["kubectl -n shop logs \\", "  'a b c' --previous"])
        for columns in 1...50 {
            let lines = TerminalWidth.command(command, columns: columns)
            let joined = lines.enumerated().map { place, line in
                place < lines.count - 1 ? String(line.dropLast(2)) : line
            }.map { $0.drop { $0 == " " } }.joined(separator: " ")
            #expect(joined == command, "a shell reads the same")
        }
    }

    @Test func textsBreakAtBlanksAndCountWideCharacters() {
        #expect(TerminalWidth.lines("a bc def", columns: 4) == ["a bc", "def"])
        #expect(TerminalWidth.lines("节点磁盘满", columns: 4) == ["节点", "磁盘", "满"])
        #expect(TerminalWidth.lines("", columns: 4) == [""])
        #expect(TerminalWidth.lines("节", columns: 1) == ["节"], "wider than a line, and still there")
        #expect(TerminalWidth.cut("节点磁盘满", columns: 6) == "节点…")
        #expect(TerminalWidth.of("e\u{301}") == 1)
        #expect(TerminalWidth.of("🚀") == 2)
    }
}
