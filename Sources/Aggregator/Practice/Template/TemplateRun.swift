import KubernetesAPI
import Platform
import YAML

/// One rendering of a template.
struct TemplateRun {
    private(set) var output = ""
    private var steps = 0
    private var variables: [(name: String, value: TemplateValue)]
    private enum Leave { case none, next, end }
    private var leave = Leave.none

    init(_ dot: TemplateValue) { variables = [("$", dot)] }

    private mutating func step(_ mark: Mark) throws(TemplateError) {
        steps += 1
        if steps > GoTemplate.stepsMax || output.utf8.count > GoTemplate.outputBytesMax {
            throw TemplateError(
                message:
                    "the output is too large: more than \(GoTemplate.outputBytesMax) bytes or \(GoTemplate.stepsMax) steps",
                mark: mark)
        }
    }

    mutating func execute(_ nodes: [TemplateNode], _ dot: TemplateValue) throws(TemplateError) {
        for node in nodes {
            if leave != .none { return }
            switch node {
            case .text(let text): output += text
            case .action(let pipeline):
                let value = try evaluate(pipeline, dot)
                if pipeline.variables.isEmpty { output += value.text }
            case .condition(let head, let then, let otherwise):
                try scoped { run throws(TemplateError) in
                    let isTrue = try run.evaluate(head, dot).isTrue
                    try run.execute(isTrue ? then : otherwise, dot)
                }
            case .with(let head, let then, let otherwise):
                try scoped { run throws(TemplateError) in
                    let value = try run.evaluate(head, dot)
                    if value.isTrue { try run.execute(then, value) } else { try run.execute(otherwise, dot) }
                }
            case .range(let head, let body, let otherwise):
                try scoped { run throws(TemplateError) in try run.range(head, body, otherwise, dot) }
            case .leave(let isBreak): leave = isBreak ? .end : .next
            }
        }
    }

    private mutating func scoped(_ body: (inout TemplateRun) throws(TemplateError) -> Void) throws(TemplateError) {
        let count = variables.count
        try body(&self)
        variables.removeLast(variables.count - count)
    }

    private mutating func range(
        _ head: TemplatePipeline, _ body: [TemplateNode], _ otherwise: [TemplateNode], _ dot: TemplateValue
    ) throws(TemplateError) {
        // Its variables get the elements, not the whole.
        var plain = head
        plain.variables = []
        let value = try evaluate(plain, dot)
        var pairs: [(TemplateValue, TemplateValue)] = []
        switch value {
        case .missing: break
        case .integer(let count) where count >= 0:
            guard count <= GoTemplate.stepsMax else {
                throw TemplateError(message: "range over \(counted(count, "element")) is too much", mark: head.mark)
            }
            pairs = (0..<count).map { (.integer($0), .integer($0)) }
        case .json(let view) where view.kind == .array:
            pairs = view.elements.enumerated().map { (.integer($0.offset), TemplateValue($0.element)) }
        case .json(let view), .overlay(let view, _):
            pairs = view.members.map { ($0.key.string ?? "", TemplateValue($0.value)) }
                .sorted { Bytewise.precedes($0.0, $1.0) }.map { (.string($0.0), $0.1) }
        case .members(let all):
            pairs = all.sorted { Bytewise.precedes($0.key, $1.key) }.map { (.string($0.key), $0.value) }
        default: throw TemplateError(message: "range can't iterate over \(value.typeName)", mark: head.mark)
        }
        if pairs.isEmpty { return try execute(otherwise, dot) }
        for (key, element) in pairs {
            try step(head.mark)
            let count = variables.count
            if head.variables.count == 2 {
                variables.append((head.variables[0], key))
                variables.append((head.variables[1], element))
            } else if let name = head.variables.first {
                if head.declares { variables.append((name, element)) } else { assign(name, element) }
            }
            try execute(body, element)
            variables.removeLast(variables.count - count)
            if leave == .end { break }
            leave = .none
        }
        leave = .none
    }

    private mutating func assign(_ name: String, _ value: TemplateValue) {
        if let place = variables.lastIndex(where: { $0.name == name }) { variables[place].value = value }
    }

    // MARK: Pipelines

    private mutating func evaluate(_ pipeline: TemplatePipeline, _ dot: TemplateValue) throws(TemplateError)
        -> TemplateValue
    {
        try step(pipeline.mark)
        var value: TemplateValue?
        for command in pipeline.commands { value = try evaluate(command, dot, last: value) }
        let result = value ?? .missing
        if let name = pipeline.variables.first {
            if pipeline.declares { variables.append((name, result)) } else { assign(name, result) }
        }
        return result
    }

    private mutating func evaluate(
        _ command: TemplateCommand, _ dot: TemplateValue, last: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        let first = command.operands[0], rest = command.operands.dropFirst()
        guard case .function(let name) = first else {
            if !rest.isEmpty || last != nil {
                throw TemplateError(message: "this is not a function and takes no arguments", mark: command.mark)
            }
            return try evaluate(first, dot, command.mark)
        }
        // These stop at the first that decides.
        if name == "and" || name == "or" {
            var value = TemplateValue.missing
            for operand in rest {
                value = try evaluate(operand, dot, command.mark)
                if value.isTrue == (name == "or") { return value }
            }
            if let last { value = last }
            if rest.isEmpty, last == nil { throw TemplateError(message: "\(name) needs a value", mark: command.mark) }
            return value
        }
        var arguments: [TemplateValue] = []
        for operand in rest { arguments.append(try evaluate(operand, dot, command.mark)) }
        if let last { arguments.append(last) }
        return try TemplateFunctions.call(name, arguments, command.mark)
    }

    private mutating func evaluate(
        _ operand: TemplateOperand, _ dot: TemplateValue, _ mark: Mark
    ) throws(TemplateError) -> TemplateValue {
        try step(mark)
        switch operand {
        case .dot: return dot
        case .field(let names): return try chain(dot, names, mark)
        case .variable(let name, let names):
            return try chain(variables.last { $0.name == name }?.value ?? .missing, names, mark)
        case .parenthesis(let pipeline, let names): return try chain(try evaluate(pipeline, dot), names, mark)
        case .literal(let literal): return TemplateValue(literal)
        case .function(let name): return try TemplateFunctions.call(name, [], mark)
        }
    }

    private func chain(_ start: TemplateValue, _ names: [String], _ mark: Mark) throws(TemplateError) -> TemplateValue {
        var value = start
        for name in names {
            guard let next = value.member(name) else {
                throw TemplateError(message: "can't evaluate field \(name) in type \(value.typeName)", mark: mark)
            }
            value = next
        }
        return value
    }
}
