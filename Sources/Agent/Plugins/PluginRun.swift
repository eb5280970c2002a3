import Platform
import RuleEngine

/// One run of a plug-in, with the texts that node-problem-detector gives to what goes wrong.
enum PluginRun {
    struct Result: Equatable, Sendable {
        var status: PluginStatus
        var output: String
    }

    /// - Parameter environment: nil: the agent's own, as node-problem-detector hands its own down.
    static func run(
        path: String, arguments: [String], timeoutSeconds: Double, outputBytesMax: Int, environment: [String]? = nil
    ) async -> Result {
        // White space at the start is trimmed before the cut, so more is read than is kept.
        let program = ChildProcess(
            path: path, arguments: arguments, environment: environment, timeoutSeconds: timeoutSeconds,
            outputBytesMax: outputBytesMax * 4)
        do throws(SystemError) {
            let result = try await program.run()
            switch result.end {
            case .exited(let status):
                return Result(
                    status: PluginStatus(exitStatus: status), output: text(result.output, outputBytesMax))
            case .killed, .cancelled: return Result(status: .unknown, output: text(result.output, outputBytesMax))
            case .timedOut:
                return Result(
                    status: .unknown,
                    output: "Timeout when running plugin: no answer within \(GoDuration.text(timeoutSeconds))")
            }
        } catch {
            return Result(status: .unknown, output: "Error in starting plugin. Please check the error log")
        }
    }

    /// Trimmed, at most `bytesMax` bytes, cut on a character's boundary.
    private static func text(_ bytes: [UInt8], _ bytesMax: Int) -> String {
        var text = Substring(String(decoding: bytes, as: UTF8.self))
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        var out = ""
        for character in text {
            if out.utf8.count + character.utf8.count > bytesMax { break }
            out.append(character)
        }
        return out
    }
}
