import Platform
import YAML

/// Cuts a template into tokens.
struct TemplateLexer {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var column = 1
    private var tokens: [TemplateToken] = []

    static func tokens(_ bytes: [UInt8]) throws(TemplateError) -> [TemplateToken] {
        var lexer = TemplateLexer(bytes: bytes)
        try lexer.run()
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var mark: Mark { Mark(line: line, column: column) }

    private func starts(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index + count <= bytes.count else { return false }
        return (0..<count).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where index < bytes.count {
            if bytes[index] == 0x0A { (line, column) = (line + 1, 0) }
            // Bytes inside of a character take no column.
            if bytes[index] & 0xC0 != 0x80 { column += 1 }
            index += 1
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private mutating func run() throws(TemplateError) {
        var trimsNext = false
        while index < bytes.count {
            let mark = mark
            let start = index
            while index < bytes.count, !starts("{{") { advance() }
            var text = bytes[start..<index]
            if trimsNext { text = text.drop(while: Self.isBlank) }
            trimsNext = false
            guard index < bytes.count else {
                if !text.isEmpty {
                    tokens.append(.init(kind: .text(String(decoding: text, as: UTF8.self)), mark: mark))
                }
                return
            }
            let isTrimmed = starts("{{-") && index + 3 < bytes.count && Self.isBlank(bytes[index + 3])
            if isTrimmed { while let last = text.last, Self.isBlank(last) { text.removeLast() } }
            if !text.isEmpty { tokens.append(.init(kind: .text(String(decoding: text, as: UTF8.self)), mark: mark)) }
            let open = self.mark
            advance(isTrimmed ? 3 : 2)
            trimsNext = try action(open)
        }
    }

    /// - Returns: whether blanks after it are cut.
    private mutating func action(_ open: Mark) throws(TemplateError) -> Bool {
        while index < bytes.count, Self.isBlank(bytes[index]) { advance() }
        if starts("/*") {
            while index < bytes.count, !starts("*/") { advance() }
            guard index < bytes.count else { throw TemplateError(message: "the comment has no end", mark: open) }
            advance(2)
            while index < bytes.count, Self.isBlank(bytes[index]) { advance() }
            if starts("-}}") {
                advance(3)
                return true
            }
            guard starts("}}") else { throw TemplateError(message: "a comment must end with */}}", mark: mark) }
            advance(2)
            return false
        }
        tokens.append(.init(kind: .open, mark: open))
        var isBehindBlank = true
        while index < bytes.count {
            let mark = mark
            let byte = bytes[index]
            if Self.isBlank(byte) {
                isBehindBlank = true
                advance()
                if starts("-}}") {
                    tokens.append(.init(kind: .close, mark: mark))
                    advance(3)
                    return true
                }
                continue
            }
            if starts("}}") {
                tokens.append(.init(kind: .close, mark: mark))
                advance(2)
                return false
            }
            tokens.append(.init(kind: try token(isBehindBlank), mark: mark))
            isBehindBlank = false
        }
        throw TemplateError(message: "{{ has no }}", mark: open)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte >= 0x80
    }

    private mutating func word() -> String {
        let start = index
        while index < bytes.count, Self.isWord(bytes[index]) { advance() }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func token(_ isBehindBlank: Bool) throws(TemplateError) -> TemplateToken.Kind {
        let byte = bytes[index]
        let isNumber = (0x30...0x39).contains(byte)
        switch byte {
        case UInt8(ascii: "("): advance(); return .leftParenthesis
        case UInt8(ascii: ")"): advance(); return .rightParenthesis
        case UInt8(ascii: "|"): advance(); return .pipe
        case UInt8(ascii: ","): advance(); return .comma
        case UInt8(ascii: ":") where starts(":="): advance(2); return .declare
        case UInt8(ascii: "="): advance(); return .assign
        case UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "'"): return try quoted()
        case UInt8(ascii: "$"):
            advance()
            return .variable("$" + word())
        case UInt8(ascii: "."):
            if index + 1 < bytes.count, (0x30...0x39).contains(bytes[index + 1]) { return .number(number()) }
            advance()
            let name = word()
            if name.isEmpty { return .dot }
            return isBehindBlank || tokens.last?.kind == .leftParenthesis || tokens.last?.kind == .comma
                || tokens.last?.kind == .pipe || tokens.last?.kind == .open || tokens.last?.kind == .declare
                || tokens.last?.kind == .assign ? .field(name) : .chain(name)
        case _ where isNumber: return .number(number())
        case UInt8(ascii: "-"), UInt8(ascii: "+"):
            if index + 1 < bytes.count, (0x30...0x39).contains(bytes[index + 1]) { return .number(number()) }
        case _ where Self.isWord(byte): return .word(word())
        default: break
        }
        throw TemplateError(message: "'\(Character(UnicodeScalar(byte)))' is not expected here", mark: mark)
    }

    private mutating func number() -> String {
        let start = index
        advance()
        while index < bytes.count, Self.isWord(bytes[index]) || bytes[index] == UInt8(ascii: ".") { advance() }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func quoted() throws(TemplateError) -> TemplateToken.Kind {
        let open = mark, quote = bytes[index]
        advance()
        var out: [UInt8] = []
        while index < bytes.count, bytes[index] != quote {
            if bytes[index] == 0x0A, quote != UInt8(ascii: "`") { break }
            guard bytes[index] == UInt8(ascii: "\\"), quote != UInt8(ascii: "`"), index + 1 < bytes.count else {
                out.append(bytes[index])
                advance()
                continue
            }
            advance()
            switch bytes[index] {
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): out.append(bytes[index])
            case UInt8(ascii: "u"), UInt8(ascii: "x"):
                let count = bytes[index] == UInt8(ascii: "u") ? 4 : 2
                let digits = bytes.dropFirst(index + 1).prefix(count)
                guard digits.count == count, let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                    let scalar = UnicodeScalar(code)
                else { throw TemplateError(message: "hexadecimal digits are expected here", mark: mark) }
                out += Array(String(Character(scalar)).utf8)
                advance(count)
            default: throw TemplateError(message: "an unknown escape", mark: mark)
            }
            advance()
        }
        guard index < bytes.count, bytes[index] == quote else {
            throw TemplateError(message: "the text has no closing quote", mark: open)
        }
        advance()
        let text = String(decoding: out, as: UTF8.self)
        guard quote == UInt8(ascii: "'") else { return .string(text) }
        // Go's character constants are numbers.
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw TemplateError(message: "a character constant holds one character", mark: open)
        }
        return .number(String(scalar.value))
    }
}
