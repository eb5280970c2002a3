import Foundation

/// Standard input without echo and line by line reading (termios(3)), so that single keys arrive.
///
/// Where standard input is no terminal nothing changes, and no key arrives.
struct RawTerminal {
    private var kept: termios?

    var hasKeys: Bool { kept != nil }

    mutating func enter() {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
        let before = settings
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        settings.c_iflag &= ~tcflag_t(IXON)
        if tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 { kept = before }
    }

    mutating func leave() {
        guard var before = kept else { return }
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
        kept = nil
    }

    /// Waits for bytes of standard input.
    /// - Returns: empty: none came in this time; nil: none will come.
    static func read(milliseconds: Int32, bytesMax: Int) -> [UInt8]? {
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        let ready = poll(&waiting, 1, milliseconds)
        if ready == 0 || ready < 0 && errno == EINTR { return [] }
        guard ready > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: bytesMax)
        let count = Foundation.read(STDIN_FILENO, &bytes, bytesMax)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}
