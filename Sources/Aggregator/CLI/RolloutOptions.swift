import AggregatorClient
import ArgumentParser
import Platform

/// How long a command that changes live rules waits for the agents.
struct RolloutOptions: ParsableArguments {
    @Option(help: "How long to wait for the agents; 0: not at all.")
    var wait = "2m"

    /// Waits until all reporting agents run these files, by name.
    /// - Throws: `ExitCode` 1 when they do not in time; `CommandFailure` for a duration that is not valid.
    func wait(for files: [String: String], _ target: RuleTargetOptions) async throws {
        let seconds = try Self.seconds(wait, "--wait")
        guard seconds > 0 else { return }
        let rollout = RuleRollout(aggregator: try target.aggregatorClient(), clock: SystemClock())
        if await !rollout.wait(for: RuleChange.digest(files), seconds: seconds) { throw ExitCode(1) }
    }

    /// Seconds of a Go duration; a bare 0 as well.
    static func seconds(_ text: String, _ flag: String) throws -> Double {
        if text == "0" { return 0 }
        do throws(GoDuration.Problem) { return try GoDuration.seconds(text) } catch {
            throw CommandFailure(message: "\(flag): \(error).")
        }
    }
}
