import AgentRuntime
import AgentState
import ArgumentParser
import Host
import Platform

/// `ke-agent health`: what a liveness probe calls.
struct HealthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Exit 0 when the agent with this state folder lives, 1 when it does not.")

    @Option(help: "The state folder that the agent was started with.")
    var stateDir = AgentConfiguration().stateDir

    func run() throws {
        let pulse = HealthPulse(stateDir: stateDir)
        let age: Double
        do throws(SystemError) {
            age = try pulse.age(now: .now())
        } catch {
            throw CommandFailure(message: "No sign of life: \(error)")
        }
        if age > HealthPulse.staleSeconds {
            throw CommandFailure(
                message:
                    "The last sign of life is \(GoDuration.brief(age)) old; at most \(Int(HealthPulse.staleSeconds)) s are healthy."
            )
        }
        print("ok, last sign of life \(GoDuration.brief(age)) ago")
    }
}
