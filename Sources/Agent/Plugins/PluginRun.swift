internal import Glibc
import Platform
import RuleCommands
import RuleEngine

/// One run of a plug-in: no shell, a process group of its own, a deadline on all of it, bounded output.
enum PluginRun {
    struct Result: Equatable, Sendable {
        var status: PluginStatus
        var output: String
    }

    /// Blocks the calling thread until the program ended or its group was killed at the deadline.
    /// - Parameter environment: the agent's own, as node-problem-detector hands its own down.
    static func run(
        path: String, arguments: [String], timeoutSeconds: Double, outputBytesMax: Int, environment: [String]? = nil
    ) -> Result {
        let failed = Result(status: .unknown, output: "Error in starting plugin. Please check the error log")
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return failed }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var given = (environment ?? []).map { strdup($0) } + [nil]
        defer { for text in argv + given { free(text) } }
        var pid = pid_t()
        var code: Int32 = 0
        for _ in 1...3 {
            code =
                environment == nil
                ? posix_spawn(&pid, path, &actions, &attributes, &argv, environ)
                : posix_spawn(&pid, path, &actions, &attributes, &argv, &given)
            // Somebody is writing the file just now.
            if code != ETXTBSY { break }
            usleep(50_000)
        }
        close(ends[1])
        guard code == 0 else { return failed }
        return outcome(pid, ends[0], timeoutSeconds, outputBytesMax)
    }

    private static func outcome(
        _ pid: pid_t, _ reading: Int32, _ timeoutSeconds: Double, _ outputBytesMax: Int
    ) -> Result {
        let deadline = RulesTestOptions.clock() + timeoutSeconds
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var isOpen = true
        var status: Int32 = 0
        var hasEnded = false
        while !hasEnded {
            let left = deadline - RulesTestOptions.clock()
            if left <= 0 { break }
            if isOpen {
                var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
                if poll(&waiting, 1, Int32(min(left, 0.05) * 1000) + 1) > 0 {
                    let count = read(reading, &buffer, buffer.count)
                    if count <= 0 { isOpen = false }
                    // What is over the limit is read and dropped, so that the program does not wait for a reader.
                    if count > 0 { output += buffer.prefix(min(count, outputBytesMax * 4 - output.count)) }
                }
            } else {
                usleep(2000)
            }
            hasEnded = waitpid(pid, &status, WNOHANG) == pid
        }
        // Whatever it left running goes with it.
        kill(-pid, SIGKILL)
        if !hasEnded {
            waitpid(pid, &status, 0)
            return Result(
                status: .unknown,
                output: "Timeout when running plugin: no answer within \(GoDuration.text(timeoutSeconds))")
        }
        while isOpen, output.count < outputBytesMax * 4 {
            var waiting = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 0) > 0 else { break }
            let count = read(reading, &buffer, buffer.count)
            if count <= 0 { break }
            output += buffer.prefix(min(count, outputBytesMax * 4 - output.count))
        }
        let isExit = status & 0x7F == 0
        return Result(
            status: isExit ? PluginStatus(exitStatus: (status >> 8) & 0xFF) : .unknown,
            output: text(output, outputBytesMax))
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
