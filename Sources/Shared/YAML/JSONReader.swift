package import Platform

/// Reads strict JSON (RFC 8259) into the same tree as `YAMLReader`.
///
/// libyaml reads JSON too, but forgives comments, trailing commas and text after the value. node-problem-detector,
/// whose files this reads, does not; a file must not load here and stop the original program.
package enum JSONReader {
    /// - Parameter file: what the mistake's place names; empty for a text that is not a file.
    /// - Throws: the first mistake.
    package static func read(_ text: [UInt8], file: String = "") throws(DocumentProblem) -> Node {
        var scanner = Scanner(bytes: text, file: file)
        scanner.skipBlanks()
        let node = try scanner.value(depth: 0)
        scanner.skipBlanks()
        if scanner.current != nil { throw scanner.error("text after the end of the JSON value") }
        return node
    }

    /// What is left of a stream behind its last readable value.
    package struct Rest: Sendable {
        /// The first byte.
        package let offset: Int
        package let mark: Mark
    }

    /// Reads values that stand one behind the other, as `jq` writes them.
    /// - Parameter each: gets each value as it is read.
    /// - Returns: where the first thing begins that is not a JSON value; nil: there is none.
    package static func readStream(_ text: [UInt8], each: (Node) -> Void) -> Rest? {
        var scanner = Scanner(bytes: text, file: "")
        while true {
            scanner.skipBlanks()
            if scanner.current == nil { return nil }
            let rest = Rest(offset: scanner.offset, mark: scanner.mark)
            guard let opening = scanner.current, "{[".utf8.contains(opening) else { return rest }
            do throws(DocumentProblem) { each(try scanner.value(depth: 0)) } catch { return rest }
        }
    }
}

private struct Scanner {
    let bytes: [UInt8]
    let file: String
    private var index = 0
    private var line = 1
    private var lineStart = 0

    init(bytes: [UInt8], file: String) {
        self.bytes = bytes
        self.file = file
    }

    var current: UInt8? { index < bytes.count ? bytes[index] : nil }
    var offset: Int { index }
    var mark: Mark { Mark(line: line, column: index - lineStart + 1) }

    func error(_ message: String, at place: Mark? = nil) -> DocumentProblem {
        DocumentProblem(file: file, mark: place ?? mark, message: message)
    }

    private mutating func advance() {
        if bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        index += 1
    }

    mutating func skipBlanks() {
        while let byte = current, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { advance() }
    }

    mutating func value(depth: Int) throws(DocumentProblem) -> Node {
        if depth > YAMLReader.depthMax { throw error("nested deeper than \(YAMLReader.depthMax) levels") }
        let start = mark
        guard let first = current else { throw error("the file ends where a value is expected") }
        switch first {
        case UInt8(ascii: "{"): return Node(.mapping(try object(depth)), mark: start)
        case UInt8(ascii: "["): return Node(.sequence(try array(depth)), mark: start)
        case UInt8(ascii: "\""): return Node(.string(try string()), mark: start)
        case UInt8(ascii: "t"): return Node(try word("true", .bool(true)), mark: start)
        case UInt8(ascii: "f"): return Node(try word("false", .bool(false)), mark: start)
        case UInt8(ascii: "n"): return Node(try word("null", .null), mark: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return Node(try number(), mark: start)
        case 0xEF: throw error("a byte-order mark, which JSON does not allow")
        case UInt8(ascii: "/"): throw error("a comment, which JSON does not allow")
        default: throw error("'\(Character(UnicodeScalar(first)))' where a value is expected")
        }
    }

    private mutating func word(_ text: String, _ value: Node.Value) throws(DocumentProblem) -> Node.Value {
        for byte in text.utf8 {
            guard current == byte else { throw error("a word that is not true, false or null") }
            advance()
        }
        return value
    }

    private mutating func number() throws(DocumentProblem) -> Node.Value {
        let start = index
        let at = mark
        while let byte = current, (0x30...0x39).contains(byte) || "+-.eE".utf8.contains(byte) { advance() }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        let digits = text.drop { $0 == "-" }
        if digits.isEmpty || (digits.count > 1 && digits.first == "0" && digits.dropFirst().first?.isNumber == true) {
            throw error("'\(text)' is not a valid JSON number", at: at)
        }
        if let integer = Int(text) { return .integer(integer) }
        guard let double = Double(text), text.last?.isNumber == true else {
            throw error("'\(text)' is not a valid JSON number", at: at)
        }
        return .double(double)
    }

    private mutating func array(_ depth: Int) throws(DocumentProblem) -> [Node] {
        advance()
        var items: [Node] = []
        skipBlanks()
        if current == UInt8(ascii: "]") {
            advance()
            return items
        }
        while true {
            skipBlanks()
            if current == UInt8(ascii: "]") { throw error("a comma before the end of the list") }
            items.append(try value(depth: depth + 1))
            skipBlanks()
            switch current {
            case UInt8(ascii: ","): advance()
            case UInt8(ascii: "]"):
                advance()
                return items
            default: throw error("',' or ']' is expected")
            }
        }
    }

    private mutating func object(_ depth: Int) throws(DocumentProblem) -> [Node.Pair] {
        advance()
        var pairs: [Node.Pair] = []
        skipBlanks()
        if current == UInt8(ascii: "}") {
            advance()
            return pairs
        }
        while true {
            skipBlanks()
            let keyMark = mark
            guard current == UInt8(ascii: "\"") else { throw error("a key in double quotes is expected") }
            let key = try string()
            skipBlanks()
            guard current == UInt8(ascii: ":") else { throw error("':' is expected after the key") }
            advance()
            skipBlanks()
            pairs.append(Node.Pair(key: key, keyMark: keyMark, value: try value(depth: depth + 1)))
            skipBlanks()
            switch current {
            case UInt8(ascii: ","): advance()
            case UInt8(ascii: "}"):
                advance()
                return pairs
            default: throw error("',' or '}' is expected")
            }
        }
    }

    private mutating func string() throws(DocumentProblem) -> String {
        advance()
        var out: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                advance()
                return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"):
                advance()
                try escape(into: &out)
            case 0..<0x20: throw error("a control character inside text")
            default:
                out.append(byte)
                advance()
            }
        }
        throw error("the file ends inside text")
    }

    private mutating func escape(into out: inout [UInt8]) throws(DocumentProblem) {
        guard let byte = current else { throw error("the file ends inside text") }
        advance()
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hex4()
            if (0xD800..<0xDC00).contains(code), current == UInt8(ascii: "\\"), index + 1 < bytes.count,
                bytes[index + 1] == UInt8(ascii: "u")
            {
                advance()
                advance()
                let low = try hex4()
                code = (0xDC00..<0xE000).contains(low) ? 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00) : 0xFFFD
            }
            out += Array(String(Character(UnicodeScalar(code) ?? "\u{FFFD}")).utf8)
        default: throw error("an unknown escape; use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX")
        }
    }

    private mutating func hex4() throws(DocumentProblem) -> UInt32 {
        guard index + 4 <= bytes.count,
            let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits are expected after \\u") }
        index += 4
        return code
    }
}
