import Foundation

/// A report as JSON, with one finding or row at a time in memory. What it gives together is what `JSONEncoder` makes of
/// the whole report; a test compares both.
///
/// The report without its findings and rows is encoded first; they are put into its empty arrays. Its lines can be told
/// apart without parsing, because no JSON text holds a line break. All of it is bytes: the report of many manifests has
/// hundreds of megabytes.
struct JSONPieces: ReportPieces {
    /// A piece is given when it has this many bytes.
    static let pieceBytes = 64 << 10

    /// Elements of one array that are still to be written.
    private struct Source: Sendable {
        var count: Int
        var next = 0
        /// Blanks before each of its lines.
        var indent: Int
        var write: @Sendable (_ element: Int, _ indent: Int, inout JSONLines) throws -> Void
    }

    private let isPretty: Bool
    private var lines: [ArraySlice<UInt8>] = []
    private var line = 0
    private var isFirst = true
    private var source: Source?
    /// By the line that opens its array, and the member of the report that it lies in.
    private var sources: [[UInt8]: Source] = [:]
    /// The member of the report that is being written.
    private var member: ArraySlice<UInt8> = []

    /// - Parameter isPretty: with line breaks and blanks for people.
    init(_ report: ReportContent, isPretty: Bool) throws {
        self.isPretty = isPretty
        lines = JSONLines.split(try JSONFormat.bytes(report.head))
        add("incidents", report.incidents, isTable: false) { try $2.value($0, $1) }
        add("findings", report.findings, isTable: false) { try $2.item($0, $1) }
        add("resolved", report.resolved, isTable: false) { try $2.item($0, $1) }
        add("nodes", report.tables.nodes, isTable: true) { try $2.value($0, $1) }
        add("components", report.tables.components, isTable: true) { try $2.value($0, $1) }
        add("events", report.tables.events, isTable: true) { try $2.value($0, $1) }
        add("workloads", report.tables.workloads, isTable: true) { try $2.value($0, $1) }
        add("certificates", report.tables.certificates, isTable: true) { try $2.value($0, $1) }
    }

    private mutating func add<Element: Encodable & Sendable>(
        _ name: String, _ elements: OnDemand<Element>, isTable: Bool,
        _ write: @escaping @Sendable (Element, _ indent: Int, inout JSONLines) throws -> Void
    ) {
        guard !elements.isEmpty else { return }
        let indent = isTable ? 4 : 2
        let opening = String(repeating: " ", count: indent) + "\"\(name)\" : ["
        sources[Array("\(isTable ? "tables" : name)\n\(opening)".utf8)] = Source(
            count: elements.count, indent: indent + 2,
            write: { try write(elements[$0], $1, &$2) })
    }

    mutating func next() throws -> String? {
        var piece = JSONLines(isPretty: isPretty)
        while piece.bytes.count < Self.pieceBytes {
            if try writeElement(to: &piece) { continue }
            guard line < lines.count else { break }
            let text = lines[line]
            line += 1
            if text.starts(with: "  \"".utf8) { member = text.dropFirst(3).prefix { $0 != UInt8(ascii: "\"") } }
            write(text, to: &piece)
            guard let opened = sources.removeValue(forKey: Array(member) + [0x0A] + text) else { continue }
            source = opened
            // The empty array's own inside.
            while line < lines.count, lines[line].allSatisfy({ $0 == 0x20 }) { line += 1 }
        }
        return piece.bytes.isEmpty ? nil : String(decoding: piece.bytes, as: UTF8.self)
    }

    private mutating func writeElement(to piece: inout JSONLines) throws -> Bool {
        guard var open = source else { return false }
        try open.write(open.next, open.indent, &piece)
        open.next += 1
        let isLast = open.next == open.count
        source = isLast ? nil : open
        if !isLast { piece.raw(",") }
        return true
    }

    private mutating func write(_ text: ArraySlice<UInt8>, to piece: inout JSONLines) {
        guard isPretty else { return piece.append(text.drop { $0 == 0x20 }) }
        if !isFirst { piece.raw("\n") }
        isFirst = false
        piece.append(text)
    }
}
