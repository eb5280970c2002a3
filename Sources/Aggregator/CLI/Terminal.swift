import Foundation

/// The terminal that standard output is, where it is one.
enum Terminal {
    /// Where neither the terminal nor the environment says how wide it is: what the first terminals had.
    static let columnsDefault = 80
    static let rowsDefault = 24
    /// More is no terminal's width.
    static let columnsMax = 10_000

    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// - Parameter environment: `COLUMNS` wins, as in ls and git; whoever sets it wants another width.
    static func columns(_ environment: [String: String]) -> Int {
        number(environment["COLUMNS"]) ?? number(size.map { Int($0.columns) }) ?? columnsDefault
    }

    static func rows(_ environment: [String: String]) -> Int {
        number(environment["LINES"]) ?? number(size.map { Int($0.rows) }) ?? rowsDefault
    }

    private static func number(_ text: String?) -> Int? { number(text.flatMap { Int($0) }) }

    private static func number(_ value: Int?) -> Int? {
        value.flatMap { (1...columnsMax).contains($0) ? $0 : nil }
    }

    /// ioctl_tty(2), TIOCGWINSZ; nil: standard output is no terminal.
    private static var size: (columns: UInt16, rows: UInt16)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return (size.ws_col, size.ws_row)
    }
}
