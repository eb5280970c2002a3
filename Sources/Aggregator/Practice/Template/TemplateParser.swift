import Platform
import YAML

/// Makes a tree of a template's tokens.
struct TemplateParser {
    static let depthMax = 100

    private let tokens: [TemplateToken]
    private var index = 0
    private var depth = 0
    private var loops = 0
    /// Variables in scope, innermost last.
    private var variables = ["$"]

    init(_ tokens: [TemplateToken]) { self.tokens = tokens }

    private enum End: Equatable { case end, otherwise(String), file }

    private var lastMark: Mark { tokens.last?.mark ?? Mark(line: 1, column: 1) }
    private var token: TemplateToken? { index < tokens.count ? tokens[index] : nil }

    mutating func parse() throws(TemplateError) -> [TemplateNode] {
        let (nodes, end) = try list()
        if end != .file {
            throw TemplateError(message: "{{end}} or {{else}} without an action to end", mark: tokens[index - 1].mark)
        }
        return nodes
    }

    private mutating func list() throws(TemplateError) -> ([TemplateNode], End) {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthMax {
            throw TemplateError(message: "nested deeper than \(Self.depthMax)", mark: token?.mark ?? lastMark)
        }
        var nodes: [TemplateNode] = []
        while let token {
            if case .text(let text) = token.kind {
                nodes.append(.text(text))
                index += 1
                continue
            }
            index += 1
            guard case .word(let word)? = self.token?.kind else {
                nodes.append(.action(try pipeline()))
                continue
            }
            let mark = token.mark
            switch word {
            case "end":
                index += 1
                try close()
                return (nodes, .end)
            case "else":
                index += 1
                if case .word(let next)? = self.token?.kind {
                    index += 1
                    return (nodes, .otherwise(next))
                }
                try close()
                return (nodes, .otherwise(""))
            case "if", "with", "range":
                index += 1
                nodes.append(try block(word, mark))
            case "break", "continue":
                index += 1
                guard loops > 0 else { throw TemplateError(message: "{{\(word)}} outside of a range", mark: mark) }
                try close()
                nodes.append(.leave(isBreak: word == "break"))
            case "define", "template", "block":
                throw TemplateError(message: "{{\(word)}} is not supported; write the text in place", mark: mark)
            default: nodes.append(.action(try pipeline()))
            }
        }
        return (nodes, .file)
    }

    private mutating func block(_ word: String, _ mark: Mark) throws(TemplateError) -> TemplateNode {
        let scope = variables.count
        defer { variables.removeLast(variables.count - scope) }
        let head = try pipeline(inRange: word == "range")
        if word == "range" { loops += 1 }
        let inner = variables.count
        let (body, end) = try list()
        variables.removeLast(variables.count - inner)
        if word == "range" { loops -= 1 }
        var otherwise: [TemplateNode] = []
        switch end {
        case .file: throw TemplateError(message: "{{\(word)}} has no {{end}}", mark: mark)
        case .end: break
        case .otherwise(let next):
            if next == "if" && word == "if" || next == "with" && word == "with" {
                otherwise = [try block(next, mark)]
            } else if next.isEmpty {
                let (rest, last) = try list()
                guard last == .end else {
                    throw TemplateError(message: "{{else}} of {{\(word)}} has no {{end}}", mark: mark)
                }
                otherwise = rest
                variables.removeLast(variables.count - inner)
            } else {
                throw TemplateError(message: "{{else \(next)}} does not fit {{\(word)}}", mark: mark)
            }
        }
        return switch word {
        case "if": .condition(head, then: body, otherwise: otherwise)
        case "with": .with(head, then: body, otherwise: otherwise)
        default: .range(head, body: body, otherwise: otherwise)
        }
    }

    private mutating func close() throws(TemplateError) {
        guard let token, token.kind == .close else {
            throw TemplateError(message: "}} is expected here", mark: token?.mark ?? lastMark)
        }
        index += 1
    }

    /// Up to and with its `}}` or `)`.
    private mutating func pipeline(inRange: Bool = false, inParenthesis: Bool = false) throws(TemplateError)
        -> TemplatePipeline
    {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthMax {
            throw TemplateError(message: "nested deeper than \(Self.depthMax)", mark: token?.mark ?? lastMark)
        }
        var pipeline = TemplatePipeline(mark: token?.mark ?? lastMark)
        if case .variable(let name)? = token?.kind, let next = index + 1 < tokens.count ? tokens[index + 1].kind : nil {
            if next == .declare || next == .assign {
                pipeline.variables = [name]
                pipeline.declares = next == .declare
                index += 2
            } else if next == .comma, inRange, index + 3 < tokens.count,
                case .variable(let second) = tokens[index + 2].kind,
                tokens[index + 3].kind == .declare
            {
                pipeline.variables = [name, second]
                pipeline.declares = true
                index += 4
            }
        }
        while true {
            guard let token else { throw TemplateError(message: "{{ has no }}", mark: lastMark) }
            let end: TemplateToken.Kind = inParenthesis ? .rightParenthesis : .close
            if token.kind == end {
                if pipeline.commands.isEmpty { throw TemplateError(message: "a value is missing", mark: token.mark) }
                index += 1
                break
            }
            if token.kind == .pipe {
                if pipeline.commands.isEmpty {
                    throw TemplateError(message: "a value is missing before |", mark: token.mark)
                }
                index += 1
            }
            let before = pipeline.commands.count
            let command = try command()
            pipeline.commands.append(command)
            if before > 0, case .literal = command.operands[0] {
                throw TemplateError(message: "a function is expected after |", mark: command.mark)
            }
            if let next = self.token, next.kind != .pipe, next.kind != end {
                throw TemplateError(message: "this does not belong here", mark: next.mark)
            }
        }
        if pipeline.declares { variables += pipeline.variables }
        if !pipeline.declares, let name = pipeline.variables.first, !variables.contains(name) {
            throw TemplateError(message: "the variable \(name) is not defined", mark: pipeline.mark)
        }
        return pipeline
    }

    private mutating func command() throws(TemplateError) -> TemplateCommand {
        var operands: [TemplateOperand] = []
        let mark = token?.mark ?? lastMark
        while let token, let operand = try operand(token) { operands.append(operand) }
        if operands.isEmpty { throw TemplateError(message: "a value is expected here", mark: token?.mark ?? lastMark) }
        return TemplateCommand(operands: operands, mark: mark)
    }

    private mutating func chain() -> [String] {
        var names: [String] = []
        while case .chain(let name)? = token?.kind {
            names.append(name)
            index += 1
        }
        return names
    }

    private mutating func operand(_ token: TemplateToken) throws(TemplateError) -> TemplateOperand? {
        switch token.kind {
        case .dot:
            index += 1
            return .dot
        case .field(let name):
            index += 1
            return .field([name] + chain())
        case .variable(let name):
            guard variables.contains(name) else {
                throw TemplateError(message: "the variable \(name) is not defined", mark: token.mark)
            }
            index += 1
            return .variable(name, chain())
        case .leftParenthesis:
            index += 1
            let inner = try pipeline(inParenthesis: true)
            return .parenthesis(inner, chain())
        case .string(let text):
            index += 1
            return .literal(.string(text))
        case .number(let text):
            index += 1
            if let integer = Int(text.filter { $0 != "_" }) { return .literal(.integer(integer)) }
            if text.hasPrefix("0x"), let integer = Int(text.dropFirst(2), radix: 16) {
                return .literal(.integer(integer))
            }
            if let double = Double(text) { return .literal(.double(double)) }
            throw TemplateError(message: "'\(text)' is not a valid number", mark: token.mark)
        case .word(let word):
            index += 1
            switch word {
            case "true", "false": return .literal(.bool(word == "true"))
            case "nil": return .literal(.null)
            default:
                guard TemplateFunctions.names.contains(word) else {
                    let guess = Suggestion.nearest(to: word, among: TemplateFunctions.names)
                    throw TemplateError(
                        message: "'\(word)' is not a known function\(guess.map { "; did you mean '\($0)'?" } ?? "")",
                        mark: token.mark)
                }
                return .function(word)
            }
        default: return nil
        }
    }
}
