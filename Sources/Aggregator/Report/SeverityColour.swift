/// Colours of severities on a terminal (ECMA-48, SGR).
enum SeverityColour {
    static func paint(_ cell: String, _ padded: String) -> String {
        switch cell {
        case "Fatal": "\u{1B}[1;31m\(padded)\u{1B}[0m"
        case "Danger": "\u{1B}[31m\(padded)\u{1B}[0m"
        case "Warning": "\u{1B}[33m\(padded)\u{1B}[0m"
        default: padded
        }
    }
}
