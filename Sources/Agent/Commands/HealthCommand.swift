import AgentRuntime
import AgentState
import ArgumentParser
import Host
import Platform

/// `ke-agent health`: what a liveness probe calls.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Exit 0 when the agent with this state folder is running, 1 when it is not.")

    @Option(help: "State folder that the agent was started with.")
    var stateDir = AgentConfiguration().stateDir

    func run() throws {
        let heartbeat = HeartbeatFile(stateDir: stateDir)
        let age: Double
        do throws(SystemError) {
            age = try heartbeat.age(now: .now())
        } catch {
            throw CommandFailure(message: "There is no heartbeat: \(error)")
        }
        if age > HeartbeatFile.staleSeconds {
            throw CommandFailure(
                message:
                    "The last heartbeat was \(GoDuration.brief(age)) ago; it must not be more than \(Int(HeartbeatFile.staleSeconds)) s."
            )
        }
        print("ok, last heartbeat \(GoDuration.brief(age)) ago")
    }
}
