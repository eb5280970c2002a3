// Only in debug builds, as `FuzzTarget`.
#if DEBUG
    @testable import AggregatorMetrics
    import Platform
    @testable import Report
    @testable import YAML

    extension FuzzTarget {
        /// Writers of formats that others read: what they write is read back by the format's own grammar.
        static let output: [FuzzTarget] = [
            FuzzTarget(name: "csv") { bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                let cells = csv(Array("a,\(CSVFormat.cell(text)),b".utf8))
                let plain = Array(TextSafety.printable(text).utf8)
                precondition(cells.count == 3, "\(cells.count) columns")
                precondition(cells[1] == plain || cells[1] == [UInt8(ascii: "'")] + plain, "another text")
                precondition(cells[1].first.map { !"=+-@\t\r".utf8.contains($0) } ?? true, "a formula")
            },
            FuzzTarget(name: "markdown") { bytes in
                let cell = MarkdownFormat.cell(String(decoding: bytes, as: UTF8.self))
                var isEscaped = false
                for byte in cell.utf8 {
                    precondition(byte >= 0x20, "a control character")
                    precondition(isEscaped || !"|<[]`*".utf8.contains(byte), "a mark that is read")
                    isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                }
                precondition(!isEscaped, "it escapes what comes behind it")
            },
            FuzzTarget(name: "metrics") { bytes in
                let value = IngestMetrics.escape(String(decoding: bytes, as: UTF8.self))
                var isEscaped = false
                for byte in value.utf8 {
                    precondition(byte >= 0x20 && byte != 0x7F, "a control character")
                    if isEscaped {
                        precondition("\\\"n".utf8.contains(byte), "no escape of the format")
                        isEscaped = false
                    } else {
                        precondition(byte != UInt8(ascii: "\""), "the end of the value")
                        isEscaped = byte == UInt8(ascii: "\\")
                    }
                }
                precondition(!isEscaped, "it escapes the end of the value")
            },
            FuzzTarget(name: "yaml-text") { bytes in
                let mark = Mark(line: 1, column: 1)
                let text = TextSafety.printable(String(decoding: bytes, as: UTF8.self))
                let tree = Node(
                    .mapping([.init(key: text, keyMark: mark, value: Node(.string(text), mark: mark))]), mark: mark)
                guard text.utf8.count < 1000, let written = YAMLWriter.write(tree) else { return }
                let pair = (try? YAMLReader.read(Array(written.utf8)))?.pairs?.first
                precondition(pair.map { $0.key.utf8.elementsEqual(text.utf8) } == true, "another key, or none")
                precondition(pair?.value.string.map { $0.utf8.elementsEqual(text.utf8) } == true, "another value")
            },
        ]

        /// One record (RFC 4180).
        private static func csv(_ bytes: [UInt8]) -> [[UInt8]] {
            let quote = UInt8(ascii: "\"")
            var cells: [[UInt8]] = [[]]
            var isQuoted = false
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if isQuoted {
                    if byte != quote {
                        cells[cells.count - 1].append(byte)
                    } else if index < bytes.count, bytes[index] == quote {
                        cells[cells.count - 1].append(quote)
                        index += 1
                    } else {
                        isQuoted = false
                    }
                } else if byte == quote {
                    precondition(cells[cells.count - 1].isEmpty, "a quote within a cell")
                    isQuoted = true
                } else if byte == UInt8(ascii: ",") {
                    cells.append([])
                } else {
                    precondition(byte != 0x0A && byte != 0x0D, "a line break outside of quotes")
                    cells[cells.count - 1].append(byte)
                }
            }
            return cells
        }
    }
#endif
