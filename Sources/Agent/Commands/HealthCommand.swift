import AgentRuntime
import AgentState
import ArgumentParser
import Host
import Platform

/// `ke-agent health`: what a liveness probe calls.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Exit 0 when the agent with this state folder is running, 1 when it is not; say whether it reports.")

    @Option(help: "State folder that the agent was started with.")
    var stateDir = AgentConfiguration().stateDir

    @Flag(help: "Exit 1 also when the aggregator does not take the agent's reports, as a readiness probe wants it.")
    var reporting = false

    func run() throws {
        let heartbeat = HeartbeatFile(stateDir: stateDir)
        let age: Double
        let state: HeartbeatFile.Reporting
        do throws(SystemError) {
            (age, state) = try heartbeat.read(now: .now())
        } catch {
            throw CommandFailure(message: "There is no heartbeat: \(error)")
        }
        if age > HeartbeatFile.staleSeconds {
            throw CommandFailure(
                message:
                    "The last heartbeat was \(GoDuration.brief(age)) ago; it must not be more than \(Int(HeartbeatFile.staleSeconds)) s."
            )
        }
        let beat = "last heartbeat \(GoDuration.brief(age)) ago"
        switch state {
        case .yes: print("ok, \(beat), reporting")
        case .no(let since, let reason):
            let text = "not reporting for \(GoDuration.brief(Timestamp.now().seconds(since: since))): \(reason)"
            if reporting { throw CommandFailure(message: "The agent is \(text)") }
            print("ok, \(beat), \(text)")
        case .unknown:
            if reporting { throw CommandFailure(message: "The agent has not reported yet.") }
            print("ok, \(beat)")
        }
    }
}
