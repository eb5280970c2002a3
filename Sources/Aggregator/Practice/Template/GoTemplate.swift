import Platform
import YAML

/// A Go text/template (pkg.go.dev/text/template), as far as custom checks use it: actions, `if`, `with`, `range`,
/// variables, pipelines, and the functions of `TemplateFunctions`. Parsed once; rendering has no side effects.
final class GoTemplate: Sendable {
    /// Bytes of one rendered text.
    static let outputBytesMax = 1 << 20
    /// Nodes evaluated in one rendering.
    static let stepsMax = 1_000_000

    let text: String
    let nodes: [TemplateNode]

    init(_ text: String) throws(TemplateError) {
        self.text = text
        var parser = TemplateParser(try TemplateLexer.tokens(Array(text.utf8)))
        nodes = try parser.parse()
    }

    func render(_ dot: TemplateValue) throws(TemplateError) -> String {
        var run = TemplateRun(dot)
        try run.execute(nodes, dot)
        return run.output
    }
}

/// Why a template cannot be read or rendered, and where in it.
struct TemplateError: Error, Equatable, CustomStringConvertible {
    let message: String
    let mark: Mark

    var description: String { "\(mark): \(message)" }
}

indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    case condition(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case with(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
    case range(TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
    case leave(isBreak: Bool)
}

struct TemplatePipeline: Sendable {
    /// `$a :=`, `$a, $b :=` or `$a =`.
    var variables: [String] = []
    var declares = false
    var commands: [TemplateCommand] = []
    var mark: Mark
}

/// A function or value with its arguments.
struct TemplateCommand: Sendable {
    var operands: [TemplateOperand]
    var mark: Mark
}

indirect enum TemplateOperand: Sendable {
    case dot
    case field([String])
    case variable(String, [String])
    case function(String)
    case parenthesis(TemplatePipeline, [String])
    case literal(TemplateLiteral)
}

enum TemplateLiteral: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case double(Double)
    case string(String)
}
