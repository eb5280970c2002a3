import Foundation
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import Platform
@testable import Report
@testable import YAML

/// What strangers wrote, in each format, parsed back by that format's own grammar: the same text, and nothing but a
/// text.
@Suite struct EscapingTests {
    /// A combining mark makes one `Character` of itself and what stands before it.
    private static let mark = "\u{301}"

    static let texts: [String] = {
        let pieces: [String] = [
            "\"", ",", ";", "=", "+", "-", "@", "|", "\\", "`", "*", "_", "[", "]", "<", ">", "&", "~", "#", "$", "!",
            "(", ")", "{", "}", ":", "%", "'", "\t", " ", "a", "1", "é", "中", "\u{1F600}", "\u{200B}",
        ]
        var texts: [String] = []
        for piece in pieces {
            texts += [piece, piece + mark, mark + piece]
            texts.append("a\(piece)\(mark)b")
            texts.append("\(piece)\(piece)\(mark)")
        }
        let more: [String] = [
            "\"\(mark),=HYPERLINK(\"http://e\",\"x\")", "=\(mark)cmd|' /C calc'!A0", "=1+1", " =1+1", "\u{200B}=1",
            "＝1",
            "q\"\(mark)} 1", "a\r\nforged 1", "a\nb", "a\rb", "[x](javascript:alert(1))", "![x](http://e/i.png)",
            "<script>", "&#91;x](y)", "a | b |\(mark) c", "# h", "- l", "1. l", "> q", "***", "---", "===", "~~~",
            "2001-01-01", "2001-01-01T00:00:00Z", "1_000", "12:30:45", "190:20:30.15", ".nan", ".NaN", ".inf", "-.inf",
            "=", "<<", "~", "null", "y", "No", "on", "0x1F", "0o17", "017", "0b101", "1e3", "+1", "1.", ".5", "- a",
            "? a", ": a", "a: b", "a #b", "%a", "!a", "&a", "*a", "{a", "[a", "\"a", "'a", "|", ">", "@a", "`a", "...",
            "---\na", " a ", "", "\u{2028}", "\u{85}", "\u{FEFF}a", "10.0.0.1", "1.2.3",
        ]
        return texts + more
    }()

    private func python(_ program: String, _ input: String) throws -> String? {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program]
        let output = Pipe(), given = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = given
        try process.run()
        try given.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try given.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? String(decoding: data, as: UTF8.self) : nil
    }

    private func strings(_ json: String) throws -> [[String]] {
        try JSONDecoder().decode([[String]].self, from: Data(json.utf8))
    }

    // MARK: CSV

    @Test func csvIsReadBackByPython() throws {
        let rows = Self.texts.map { [CSVFormat.cell("first"), CSVFormat.cell($0), CSVFormat.cell("last")] }
        let csv = rows.map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
        let program = """
            import csv, io, json, sys
            data = sys.stdin.buffer.read().decode()
            print(json.dumps(list(csv.reader(io.StringIO(data, newline=''), strict=True))))
            """
        guard let json = try python(program, csv) else {
            print("skipped: python3 is not here to read CSV back")
            return
        }
        let read = try strings(json)
        try #require(read.count == Self.texts.count)
        for (row, text) in zip(read, Self.texts) {
            #expect(row.count == 3, "\(text.debugDescription)")
            #expect(row.first == "first")
            let own = TextSafety.printable(text)
            #expect(row.count == 3)
            #expect([own, "'" + own].contains(row[1]), "\(text.debugDescription)")
        }
    }

    @Test func noCellBeginsAsAFormula() {
        for text in Self.texts {
            let cell = CSVFormat.cell(text).unicodeScalars
            let first = cell.first { $0 != "\"" && $0 != " " && $0 != "\u{200B}" }
            #expect(!"=+-@＝＋－＠".unicodeScalars.contains(first ?? "a"), "\(text.debugDescription)")
        }
    }

    // MARK: Prometheus

    /// The text format's own grammar (prometheus.io/docs/instrumenting/exposition_formats), by bytes.
    private func labelValue(_ line: String) -> (value: [UInt8], rest: [UInt8])? {
        var bytes = Array(line.utf8)[...]
        guard bytes.starts(with: Array("m{l=\"".utf8)) else { return nil }
        bytes = bytes.dropFirst(5)
        var value: [UInt8] = []
        while let byte = bytes.first {
            bytes = bytes.dropFirst()
            if byte == UInt8(ascii: "\"") { return (value, Array(bytes)) }
            guard byte == UInt8(ascii: "\\") else {
                value.append(byte)
                continue
            }
            guard let next = bytes.first else { return nil }
            bytes = bytes.dropFirst()
            switch next {
            case UInt8(ascii: "n"): value.append(0x0A)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""): value.append(next)
            default: return nil
            }
        }
        return nil
    }

    @Test(arguments: texts) func aLabelIsReadBackAsOneValue(_ text: String) throws {
        let line = "m{l=\"\(IngestMetrics.escape(text))\"} 1"
        #expect(!line.utf8.contains(0x0A))
        #expect(!line.utf8.contains(0x0D))
        let (value, rest) = try #require(labelValue(line))
        #expect(rest == Array("} 1".utf8))
        #expect(
            TextSafety.printable(String(decoding: value, as: UTF8.self))
                == TextSafety.printable(text).replacing("\u{2028}", with: " "))
    }

    // MARK: Markdown

    /// A row of a table (GFM, "Tables"): cells between bars that no backslash stands before; then the inline text with
    /// its escapes taken back. Nil where something of Markdown's own is left.
    private func cells(_ row: String) -> [String]? {
        var cells: [String] = []
        var cell = String.UnicodeScalarView()
        var scalars = Array(row.unicodeScalars)[...]
        while let scalar = scalars.first {
            scalars = scalars.dropFirst()
            switch scalar {
            case "\\":
                guard let next = scalars.first, next.isASCII, next.properties.generalCategory != .lowercaseLetter else {
                    return nil
                }
                scalars = scalars.dropFirst()
                cell.append(next)
            case "|":
                cells.append(String(cell))
                cell = String.UnicodeScalarView()
            case "`", "*", "[", "]", "<", "~": return nil
            case "&":
                if scalars.starts(with: "lt;".unicodeScalars) {
                    cell.append("<")
                    scalars = scalars.dropFirst(3)
                } else if scalars.starts(with: "amp;".unicodeScalars) {
                    cell.append("&")
                    scalars = scalars.dropFirst(4)
                } else {
                    return nil
                }
            default: cell.append(scalar)
            }
        }
        return cells + [String(cell)]
    }

    @Test(arguments: texts) func aMarkdownCellIsReadBackAsOneText(_ text: String) throws {
        let read = try #require(cells("|a|\(MarkdownFormat.cell(text))|b|"))
        #expect(Array(read[3].utf8) == Array("b".utf8))
        #expect(read.count == 5)
        #expect(Array(read[2].utf8) == Array(TextSafety.printable(text).utf8))
        let line = MarkdownFormat.line(text).unicodeScalars.drop { $0 == " " }
        #expect(!"#->+=".unicodeScalars.contains(line.first ?? "a"))
    }

    // MARK: YAML

    @Test func yamlIsReadBackByPython() throws {
        let mark = Mark.start
        func node(_ text: String) -> Node { Node(.string(text), mark: mark) }
        let pairs = Self.texts.map { Node(.sequence([node($0), node($0)]), mark: mark) }
        let keys = Dictionary(grouping: Self.texts, by: { $0 }).keys.sorted()
        let mapping = Node(
            .mapping(keys.map { Node.Pair(key: $0, keyMark: mark, value: node($0)) }), mark: mark)
        let yaml = try #require(YAMLWriter.write(Node(.sequence(pairs + [mapping]), mark: mark)))
        let program = """
            import json, sys
            try:
                import yaml
            except ImportError:
                sys.exit(3)
            all = yaml.safe_load(sys.stdin.buffer.read())
            bad = [repr(x) for x in all[:-1] for y in x if not isinstance(y, str)]
            bad += [repr(k) for k in all[-1] if not isinstance(k, str) or all[-1][k] != k]
            print(json.dumps([bad] + all[:-1]))
            """
        guard let json = try python(program, yaml) else {
            print("skipped: python3 with PyYAML is not here to read YAML back")
            return
        }
        let read = try strings(json)
        #expect(read.first?.isEmpty == true, "\(read.first ?? [])")
        #expect(read.dropFirst().map { Array($0[0].utf8) } == Self.texts.map { Array($0.utf8) })
    }
}
