import Foundation

/// A report as JSON, with one finding or row at a time in memory. What it gives together is what `JSONEncoder` makes of
/// the whole report; a test compares both.
///
/// The report without its findings and rows is encoded first; they are put into its empty arrays. Its lines can be told
/// apart without parsing, because no JSON text holds a line break.
struct JSONPieces: ReportPieces {
    /// A piece is given when it has this many bytes.
    static let pieceBytes = 64 << 10

    /// Elements of one array that are still to be written.
    private struct Source: Sendable {
        var count: Int
        var next = 0
        /// Blanks before each of its lines.
        var indent: String
        var element: @Sendable (Int) throws -> String
    }

    private let isPretty: Bool
    private var lines: [Substring] = []
    private var line = 0
    private var isFirst = true
    private var source: Source?
    /// By the line that opens its array, and the member of the report that it lies in.
    private var sources: [String: Source] = [:]
    /// The member of the report that is being written.
    private var member: Substring = ""

    /// - Parameter isPretty: with line breaks and blanks for people.
    init(_ report: ReportContent, isPretty: Bool) throws {
        self.isPretty = isPretty
        lines = try JSONFormat.text(report.head).split(separator: "\n", omittingEmptySubsequences: false)
        add("incidents", report.incidents, isTable: false)
        add("findings", report.findings, isTable: false)
        add("resolved", report.resolved, isTable: false)
        add("nodes", report.tables.nodes, isTable: true)
        add("components", report.tables.components, isTable: true)
        add("events", report.tables.events, isTable: true)
        add("workloads", report.tables.workloads, isTable: true)
        add("certificates", report.tables.certificates, isTable: true)
    }

    private mutating func add<Element: Encodable & Sendable>(
        _ name: String, _ elements: OnDemand<Element>, isTable: Bool
    ) {
        guard !elements.isEmpty else { return }
        let indent = isTable ? "    " : "  "
        sources[Self.key(isTable ? "tables" : Substring(name), "\(indent)\"\(name)\" : [")] = Source(
            count: elements.count, indent: indent + "  ",
            element: { [isPretty] in try JSONFormat.text(elements[$0], isPretty: isPretty) })
    }

    private static func key(_ member: Substring, _ line: Substring) -> String { "\(member)\n\(line)" }

    mutating func next() throws -> String? {
        var piece = ""
        while piece.utf8.count < Self.pieceBytes {
            if try writeElement(to: &piece) { continue }
            guard line < lines.count else { break }
            let text = lines[line]
            line += 1
            if text.hasPrefix("  \"") { member = text.dropFirst(3).prefix { $0 != "\"" } }
            write(text, to: &piece)
            guard let opened = sources.removeValue(forKey: Self.key(member, text)) else { continue }
            source = opened
            // The empty array's own inside.
            while line < lines.count, lines[line].allSatisfy({ $0 == " " }) { line += 1 }
        }
        return piece.isEmpty ? nil : piece
    }

    private mutating func writeElement(to piece: inout String) throws -> Bool {
        guard var open = source else { return false }
        let text = try open.element(open.next)
        open.next += 1
        let isLast = open.next == open.count
        source = isLast ? nil : open
        let comma = isLast ? "" : ","
        guard isPretty else {
            piece += text + comma
            return true
        }
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            piece += "\n"
            // JSONEncoder leaves the inside of an empty array without blanks.
            if !part.isEmpty { piece += open.indent + part }
        }
        piece += comma
        return true
    }

    private mutating func write(_ text: Substring, to piece: inout String) {
        guard isPretty else {
            piece += text.drop { $0 == " " }
            return
        }
        if !isFirst { piece += "\n" }
        isFirst = false
        piece += text
    }
}
