import Foundation
import Platform
import Report

/// A report that goes to a file, beside the one on standard output.
struct ReportFile {
    var format: any ReportFormat
    var path: String

    /// - Parameter text: `sarif=out.sarif`.
    init(_ text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty, let format = ReportFormats.named(parts[0]) else {
            throw CommandFailure(
                message:
                    "-o FORMAT=FILE takes one of \(ReportFormats.all.map(\.id).joined(separator: ", ")) and a file; '\(text)' is not valid."
            )
        }
        (self.format, path) = (format, parts[1])
    }

    func write(_ report: ReportContent, _ layout: ReportLayout) throws {
        var layout = layout
        layout.localTime = format.timesAreLocal
        (layout.usesColour, layout.width, layout.usesAges) = (false, 0, false)
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { throw CommandFailure(message: "\(path) cannot be written: \(String(cString: strerror(errno))).") }
        do {
            var pieces = try format.pieces(report, layout)
            while let piece = try pieces.next() { try file.write(contentsOf: Data(piece.utf8)) }
            try file.write(contentsOf: Data("\n".utf8))
            try file.close()
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure(message: "\(path) cannot be written: \(error.localizedDescription)")
        }
    }
}

/// `--color`
enum ColourChoice: String, CaseIterable {
    case auto, always, never

    /// - Parameter fits: the output is a terminal.
    func isWanted(_ environment: [String: String], fits: Bool) -> Bool {
        switch self {
        case .always: true
        case .never: false
        case .auto: fits && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
        }
    }
}
