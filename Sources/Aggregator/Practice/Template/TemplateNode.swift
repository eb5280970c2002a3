import Platform
import YAML

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
