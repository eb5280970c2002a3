import AgentRuntime
import ArgumentParser
import Host
import Logging
import ServiceLifecycle
import UnixSignals

/// `ke-agent run`: the daemon.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Watch this node and push findings to the aggregator.")

    @OptionGroup var options: AgentOptions

    func run() async throws {
        let runtime = try options.runtime()
        if let problem = ProcessIsolation.problem {
            runtime.logger.warning(
                "The kernel does not keep other processes of this user out of reach.",
                metadata: ["reason": "\(problem)"])
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: runtime)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: runtime.logger))
        try await group.run()
    }
}
