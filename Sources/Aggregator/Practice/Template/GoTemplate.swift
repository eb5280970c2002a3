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
