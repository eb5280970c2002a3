internal import Glibc
import Synchronization

/// A program that is run once and waited for: no shell, standard input empty, a process group of its own, bounded
/// output, and an end. An editor has the terminal instead, and its user's time (`runInTerminal`).
///
/// The whole group is killed when the program has ended, when its time is over, and when the task that waits is
/// cancelled, so that nothing of it is left running.
package struct ChildProcess: Sendable {
    package enum ErrorOutput: Sendable {
        case discarded
        /// To this process's own standard error.
        case inherited
    }

    package enum End: Equatable, Sendable {
        case exited(status: Int32)
        case killed(signal: Int32)
        case timedOut
        case cancelled
    }

    package struct Result: Equatable, Sendable {
        package var end: End
        /// Of standard output, at most `outputBytesMax` bytes.
        package var output: [UInt8]
        /// More was written than is kept.
        package var isOutputCut: Bool
    }

    package var path: String
    package var arguments: [String]
    /// `NAME=value`; nil: this process's own.
    package var environment: [String]?
    package var errorOutput: ErrorOutput
    package var timeoutSeconds: Double
    package var outputBytesMax: Int

    package init(
        path: String, arguments: [String] = [], environment: [String]? = nil, errorOutput: ErrorOutput = .discarded,
        timeoutSeconds: Double, outputBytesMax: Int
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.errorOutput = errorOutput
        self.timeoutSeconds = timeoutSeconds
        self.outputBytesMax = outputBytesMax
    }

    /// - Throws: `SystemError` when the program, or a thread to wait for it on, cannot be started.
    package func run() async throws(SystemError) -> Result {
        let isCancelled = Flag()
        let result = await withTaskCancellationHandler {
            await NativeThread.run { Swift.Result { () throws(SystemError) in try wait(isCancelled) } }
        } onCancel: {
            isCancelled.value.store(true, ordering: .relaxed)
        }
        guard let result else { throw SystemError(call: "pthread_create for", path: path, code: EAGAIN) }
        return try result.get()
    }

    /// With this process's own standard input, output and error and in its process group, as a terminal's reader must
    /// be; for as long as its user likes.
    /// - Throws: `SystemError` when the program, or a thread to wait for it on, cannot be started.
    package static func runInTerminal(path: String, arguments: [String]) async throws(SystemError) -> End {
        let child = ChildProcess(path: path, arguments: arguments, timeoutSeconds: .infinity, outputBytesMax: 0)
        let end = await NativeThread.run {
            Swift.Result { () throws(SystemError) in
                var status: Int32 = 0
                let pid = try child.spawn(nil)
                while waitpid(pid, &status, 0) < 0 {
                    if errno != EINTR { throw SystemError(call: "waitpid for", path: path, code: errno) }
                }
                return Self.end(status)
            }
        }
        guard let end else { throw SystemError(call: "pthread_create for", path: path, code: EAGAIN) }
        return try end.get()
    }

    private static func end(_ status: Int32) -> End {
        let signal = status & 0x7F
        return signal == 0 ? .exited(status: (status >> 8) & 0xFF) : .killed(signal: signal)
    }

    private final class Flag: Sendable { let value = Atomic(false) }

    /// Blocks the calling thread until the program ended or its group was killed.
    private func wait(_ isCancelled: Flag) throws(SystemError) -> Result {
        let (pid, reading) = try start()
        defer { close(reading) }
        let deadline = Self.now() + timeoutSeconds
        var pipe = Output(descriptor: reading, bytesMax: outputBytesMax)
        var status: Int32 = 0
        var end: End?
        while end == nil {
            let left = deadline - Self.now()
            if isCancelled.value.load(ordering: .relaxed) {
                end = .cancelled
            } else if left <= 0 {
                end = .timedOut
            } else {
                pipe.read(milliseconds: Int32(min(left, Self.lookSeconds) * 1000) + 1)
                if waitpid(pid, &status, WNOHANG) == pid { end = Self.end(status) }
            }
        }
        // Whatever it left running goes with it.
        kill(-pid, SIGKILL)
        if end == .timedOut || end == .cancelled { waitpid(pid, &status, 0) }
        // What it wrote before it ended may still lie in the pipe.
        while pipe.isOpen, !pipe.isCut, pipe.read(milliseconds: 0) {}
        return Result(end: end ?? .cancelled, output: pipe.bytes, isOutputCut: pipe.isCut)
    }

    /// How often the program's end, and a cancellation, are looked for while nothing is written.
    private static let lookSeconds = 0.05

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private func start() throws(SystemError) -> (pid: pid_t, reading: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError(call: "pipe for", path: path, code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        do throws(SystemError) { return (try spawn(ends[1]), ends[0]) } catch {
            close(ends[0])
            throw error
        }
    }

    /// - Parameter output: standard output; nil: it keeps this process's streams and group.
    private func spawn(_ output: Int32?) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, output, 1)
            if errorOutput == .discarded { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Signals that this process ignores or blocks are its own matter.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = output == nil ? 0 : POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(group | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = (environment ?? []).map { strdup($0) } + [nil]
        defer { for text in argv + variables { free(text) } }
        var pid = pid_t()
        var code: Int32 = 0
        for _ in 1...3 {
            code =
                environment == nil
                ? posix_spawn(&pid, path, &actions, &attributes, &argv, environ)
                : posix_spawn(&pid, path, &actions, &attributes, &argv, &variables)
            // Somebody is writing the file just now.
            if code != ETXTBSY { break }
            usleep(50_000)
        }
        if code != 0 { throw SystemError(call: "posix_spawn", path: path, code: code) }
        return pid
    }

    /// The reading end of the program's output.
    private struct Output {
        let descriptor: Int32
        let bytesMax: Int
        var bytes: [UInt8] = []
        var isOpen = true
        var isCut = false
        private var buffer = [UInt8](repeating: 0, count: 4096)

        init(descriptor: Int32, bytesMax: Int) {
            self.descriptor = descriptor
            self.bytesMax = bytesMax
        }

        /// Waits for output, or for the time to pass. What is over the limit is read and dropped, so that the program
        /// does not wait for a reader.
        /// - Returns: whether anything was read.
        @discardableResult
        mutating func read(milliseconds: Int32) -> Bool {
            guard isOpen else {
                if milliseconds > 0 { usleep(2000) }
                return false
            }
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, milliseconds) > 0 else { return false }
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count <= 0 {
                isOpen = false
                return false
            }
            let kept = min(count, bytesMax - bytes.count)
            bytes += buffer.prefix(kept)
            if kept < count { isCut = true }
            return true
        }
    }
}
