internal import CYAML
package import Platform

/// Reads one YAML document through libyaml's event API into a tree of `Node`s with places.
///
/// JSON is accepted, being YAML. Aliases are expanded up to `nodesMax` nodes in all, which bounds "billion laughs"
/// files.
package enum YAMLReader {
    /// Nodes of one document after expansion of aliases.
    package static let nodesMax = 200_000
    /// Nesting of one document.
    package static let depthMax = 64

    /// How plain scalars are read.
    package enum Dialect: Sendable {
        /// YAML 1.2's core schema: `no` and `on` are text.
        case core
        /// As Kubernetes reads manifests (sigs.k8s.io/yaml over go-yaml v2): YAML 1.1, where `yes`, `on` and `y` are
        /// true and `0777` is octal, with merge keys (`<<`).
        case kubernetes
    }

    /// The only document of `text`; `nil` when there is none.
    /// - Parameter file: what the mistake's place names; empty for a text that is not a file.
    /// - Throws: the first mistake.
    package static func read(_ text: [UInt8], file: String = "") throws(DocumentProblem) -> Node? {
        let documents = try readAll(text, file: file)
        if documents.count > 1 {
            throw DocumentProblem(
                file: file, mark: documents[1].mark, message: "a second document starts here; one is expected")
        }
        return documents.first
    }

    /// All documents of a stream.
    /// - Parameter nodesMax: of all documents together.
    package static func readAll(
        _ text: [UInt8], file: String = "", dialect: Dialect = .core, nodesMax: Int = nodesMax
    ) throws(DocumentProblem) -> [Node] {
        let outcome: Result<[Node], DocumentProblem> = text.withUnsafeBufferPointer { bytes in
            var session = Session(file, dialect, nodesMax)
            return session.read(bytes)
        }
        return try outcome.get()
    }
}

/// One event, copied out of libyaml's.
private enum Event {
    case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
    case alias(String)
    /// `isPlain`: without quotes or a tag, so that its spelling decides what it is.
    case scalar(String, isPlain: Bool, tag: String?, anchor: String?)
    case sequenceStart(anchor: String?)
    case mappingStart(anchor: String?)
}

private struct Session {
    private var parser = yaml_parser_t()
    private var anchors: [String: (node: Node, size: Int)] = [:]
    private var nodeCount = 0
    /// Valid while `read` runs.
    private var bytes = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    private let file: String
    private let dialect: YAMLReader.Dialect
    private let nodesMax: Int

    init(_ file: String, _ dialect: YAMLReader.Dialect, _ nodesMax: Int) {
        self.file = file
        self.dialect = dialect
        self.nodesMax = nodesMax
        yaml_parser_initialize(&parser)
    }

    mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<[Node], DocumentProblem> {
        defer { yaml_parser_delete(&parser) }
        self.bytes = bytes
        yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
        var documents: [Node] = []
        do throws(DocumentProblem) {
            while true {
                let (event, mark) = try next()
                switch event {
                case .streamEnd: return .success(documents)
                case .streamStart, .documentEnd: continue
                case .documentStart: anchors = [:]
                default: documents.append(try node(event, mark, depth: 0))
                }
            }
        } catch {
            return .failure(error)
        }
    }

    /// Whether a tab stands there, behind nothing but blanks.
    private func isTab(_ mark: Mark) -> Bool {
        let lines = bytes.split(separator: 0x0A, maxSplits: mark.line, omittingEmptySubsequences: false)
        guard mark.line <= lines.count else { return false }
        let line = lines[mark.line - 1].dropFirst(mark.column - 1)
        return line.first == 0x09 && lines[mark.line - 1].prefix(mark.column - 1).allSatisfy { $0 == 0x20 }
    }

    private func mistake(_ message: String, _ mark: Mark) -> DocumentProblem {
        DocumentProblem(file: file, mark: mark, message: message)
    }

    private mutating func next() throws(DocumentProblem) -> (Event, Mark) {
        var raw = yaml_event_t()
        guard yaml_parser_parse(&parser, &raw) == 1 else {
            let problem = parser.problem.map { String(cString: $0) } ?? "not YAML"
            let context = parser.context.map { String(cString: $0) + ", " } ?? ""
            let at = parser.problem_mark
            let mark = Mark(line: Int(at.line) + 1, column: Int(at.column) + 1)
            if problem.contains("cannot start any token"), isTab(mark) {
                throw mistake("a tab cannot indent in YAML; use blanks", mark)
            }
            throw mistake(context + problem, mark)
        }
        defer { yaml_event_delete(&raw) }
        let mark = Mark(line: Int(raw.start_mark.line) + 1, column: Int(raw.start_mark.column) + 1)
        func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
            pointer.map { String(cString: $0) }
        }
        switch raw.type {
        case YAML_STREAM_START_EVENT: return (.streamStart, mark)
        case YAML_STREAM_END_EVENT: return (.streamEnd, mark)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, mark)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, mark)
        case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, mark)
        case YAML_MAPPING_END_EVENT: return (.mappingEnd, mark)
        case YAML_ALIAS_EVENT: return (.alias(text(raw.data.alias.anchor) ?? ""), mark)
        case YAML_SEQUENCE_START_EVENT: return (.sequenceStart(anchor: text(raw.data.sequence_start.anchor)), mark)
        case YAML_MAPPING_START_EVENT: return (.mappingStart(anchor: text(raw.data.mapping_start.anchor)), mark)
        case YAML_SCALAR_EVENT:
            let scalar = raw.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return (
                .scalar(
                    String(decoding: bytes, as: UTF8.self), isPlain: scalar.plain_implicit != 0, tag: text(scalar.tag),
                    anchor: text(scalar.anchor)), mark
            )
        default: throw mistake("libyaml sent an event of an unknown kind", mark)
        }
    }

    private mutating func count(_ more: Int, _ mark: Mark) throws(DocumentProblem) {
        nodeCount += more
        if nodeCount > nodesMax {
            throw mistake("more than \(nodesMax) values, aliases expanded", mark)
        }
    }

    private mutating func node(_ event: Event, _ mark: Mark, depth: Int) throws(DocumentProblem) -> Node {
        if depth > YAMLReader.depthMax {
            throw mistake("nested deeper than \(YAMLReader.depthMax) levels", mark)
        }
        let before = nodeCount
        try count(1, mark)
        let value: Node
        let anchor: String?
        switch event {
        case .alias(let name):
            guard let known = anchors[name] else {
                throw mistake("the alias *\(name) has no anchor before it", mark)
            }
            try count(known.size - 1, mark)
            return Node(known.node.value, mark: mark)
        case .scalar(let text, let isPlain, let tag, let name):
            value = Node(try resolve(text, isPlain: isPlain, tag: tag, mark), mark: mark)
            anchor = name
        case .sequenceStart(let name):
            value = Node(.sequence(try items(depth)), mark: mark)
            anchor = name
        case .mappingStart(let name):
            value = Node(.mapping(try pairs(depth)), mark: mark)
            anchor = name
        default: throw mistake("a value is expected here", mark)
        }
        if let anchor { anchors[anchor] = (value, nodeCount - before) }
        return value
    }

    private mutating func items(_ depth: Int) throws(DocumentProblem) -> [Node] {
        var items: [Node] = []
        while true {
            let (event, mark) = try next()
            if case .sequenceEnd = event { return items }
            items.append(try node(event, mark, depth: depth + 1))
        }
    }

    private mutating func pairs(_ depth: Int) throws(DocumentProblem) -> [Node.Pair] {
        var members = MappingMembers()
        while true {
            let (event, mark) = try next()
            if case .mappingEnd = event { return members.pairs }
            let (key, isMerge) = try key(event, mark)
            let (valueEvent, valueMark) = try next()
            let value = try node(valueEvent, valueMark, depth: depth + 1)
            guard isMerge else {
                members.add(Node.Pair(key: key, keyMark: mark, value: value))
                continue
            }
            for source in value.items ?? [value] {
                guard let pairs = source.pairs else {
                    throw mistake("<< takes a mapping or a list of mappings", value.mark)
                }
                members.merge(pairs)
            }
        }
    }

    /// A key's text, and whether it is YAML 1.1's merge key.
    private mutating func key(_ event: Event, _ mark: Mark) throws(DocumentProblem) -> (text: String, isMerge: Bool) {
        switch event {
        case .scalar(let text, let isPlain, let tag, let anchor):
            if dialect == .kubernetes, text == "<<", isPlain || tag == YAMLTag.merge { return (text, true) }
            let value = try resolve(text, isPlain: isPlain, tag: tag, mark)
            if let anchor { anchors[anchor] = (Node(value, mark: mark), 1) }
            return (dialect == .kubernetes ? Self.keyText(value, text) : text, false)
        case .alias(let name):
            guard let known = anchors[name]?.node else {
                throw mistake("the alias *\(name) has no anchor before it", mark)
            }
            guard case .string(let text) = known.value else { throw mistake("a key must be text", mark) }
            return (text, false)
        default: throw mistake("a key must be text", mark)
        }
    }

    /// Keys are texts in JSON, whatever they are in YAML.
    private static func keyText(_ value: Node.Value, _ text: String) -> String {
        switch value {
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        default: text
        }
    }

    /// A scalar by its tag, else by its spelling. A tag of somebody's own says nothing about a type: that is text.
    private func resolve(_ text: String, isPlain: Bool, tag: String?, _ mark: Mark) throws(DocumentProblem)
        -> Node.Value
    {
        guard let tag else {
            guard isPlain else { return .string(text) }
            return dialect == .core ? YAMLScalar.core(text) : YAMLScalar.yaml11(text)
        }
        let plain = dialect == .core ? YAMLScalar.core(text) : YAMLScalar.yaml11(text)
        guard let value = YAMLTag.value(text, plain, tag: tag) else {
            throw mistake("'\(TextSafety.cut(text, bytesMax: 80))' is not a valid \(YAMLTag.short(tag))", mark)
        }
        return value
    }
}
