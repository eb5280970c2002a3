import ArgumentParser
import TestSupport
import Testing

@testable import AgentCommands
@testable import Host
@testable import Platform

@Suite struct AgentOptionsTests {
    /// A flag takes precedence over the file, and what neither names keeps its default.
    @Test func flagsTakePrecedenceOverTheFile() throws {
        let folder = try TemporaryFolder()
        try folder.write("node: from-file\nstateDir: /file\nrules: [/a]\nkernelLog: kmsg\n", to: "agent.yaml")
        let options = try AgentOptions.parse([
            "--config", folder.path + "/agent.yaml", "--node-name", "from-flag", "--rules", "/b", "--rules", "/c",
            "--no-built-in-rules",
        ])
        let configuration = try options.configuration()
        #expect(configuration.node == "from-flag")
        #expect(configuration.stateDir == "/file")
        #expect(configuration.rules == ["/b", "/c"])
        #expect(configuration.kernelLog == .kmsg)
        #expect(!configuration.builtInRules)
        #expect(configuration.hostRoot == AgentConfiguration().hostRoot)
    }

    @Test(arguments: [
        ["--node-name", ""], ["--node-name", "a/b"], ["--node-name", "a b"],
        ["--node-name", String(repeating: "a", count: 254)], ["--kernel-log", "syslog"],
        ["--config", "/does/not/exist"],
    ]) func mistakesAreRefused(_ arguments: [String]) throws {
        let options = try AgentOptions.parse(arguments)
        #expect(throws: CommandFailure.self) { try options.configuration() }
    }

    /// The place of a mistake in the file reaches the person who wrote it.
    @Test func aMistakeInTheFileHasItsPlace() throws {
        let folder = try TemporaryFolder()
        try folder.write("node: n\nstateDri: /x\n", to: "agent.yaml")
        let options = try AgentOptions.parse(["--config", folder.path + "/agent.yaml"])
        let error = #expect(throws: CommandFailure.self) { try options.configuration() }
        #expect(error?.message.contains("agent.yaml:2:1") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("did you mean `stateDir`?") == true, "\(error?.message ?? "")")
    }
}
