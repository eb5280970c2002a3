import Documents
import Findings
import Platform
import YAML

/// Reads node-problem-detector's system log monitor files unmodified
/// (github.com/kubernetes/node-problem-detector, `config/*-monitor.json`).
enum NPDRuleReader {
    static let bufferSizeDefault = 10
    static let bufferSizeMax = 10_000

    static func read(_ text: [UInt8], into file: inout RuleFile, monitorBase: Int) {
        let root: Node
        do throws(DocumentProblem) {
            root = folded(try JSONReader.read(text, file: file.name))
        } catch {
            file.problems.append(error)
            return
        }
        if root["plugin"]?.string == "custom" { return NPDPluginReader.read(root, into: &file) }
        if let kind = otherKind(root) {
            file.notALogMonitor = kind
            return
        }
        if root.items != nil {
            file.problems.append(
                DocumentProblem(file: file.name, mark: root.mark, message: "an object is expected, this is a list"))
            return
        }
        var reader = FieldReader(root, file: file.name, path: "")
        let monitor = readMonitor(&reader, file.name)
        var rules: [LogRule] = []
        for (index, node) in (reader.node("rules")?.items ?? []).enumerated() {
            if let rule = readRule(node, index, monitor, monitorBase, &reader) { rules.append(rule) }
        }
        if let node = reader.node("rules"), node.items == nil {
            reader.report(node.mark, "rules", "a list is expected, this is \(node.kindName)")
        }
        reader.finish(level: .warning)
        file.problems += reader.problems
        // The original refuses the whole file on any error; a partial monitor would run nowhere else.
        guard let monitor, file.errors.isEmpty else { return }
        file.monitors = [monitor]
        file.rules = rules
    }

    /// Keys match case-insensitively, as in Go's encoding/json; they get the spelling of the documentation.
    private static func folded(_ node: Node) -> Node {
        switch node.value {
        case .mapping(let pairs):
            return Node(
                .mapping(
                    pairs.map { pair in
                        let keepsKeys = pair.key.lowercased() == "pluginconfig"
                        let value = keepsKeys ? pair.value : folded(pair.value)
                        return Node.Pair(
                            key: spelling[pair.key.lowercased()] ?? pair.key, keyMark: pair.keyMark, value: value)
                    }), mark: node.mark)
        case .sequence(let items): return Node(.sequence(items.map(folded)), mark: node.mark)
        default: return node
        }
    }

    private static let spelling = Dictionary(
        uniqueKeysWithValues: [
            "plugin", "pluginConfig", "logPath", "lookback", "delay", "skipList", "bufferSize", "source", "conditions",
            "rules", "metricsReporting", "type", "condition", "reason", "message", "pattern",
            "patternGeneratedMessageSuffix", "path", "args", "timeout",
        ].map { ($0.lowercased(), $0) })

    /// Files of the original's that are something else, by what only they hold.
    private static func otherKind(_ root: Node) -> String? {
        if let items = root.items {
            let isModules = !items.isEmpty && items.allSatisfy { $0["moduleName"] != nil }
            return isModules ? "not a log monitor: a list of kernel modules" : nil
        }
        guard let pairs = root.pairs else { return nil }
        let keys = Set(pairs.map { $0.key.lowercased() })
        if keys.contains("plugin") || keys.contains("rules") || keys.contains("bufferSize") { return nil }
        if !keys.isDisjoint(with: ["cpu", "disk", "memory", "host", "osfeature", "net"]) {
            return "not a log monitor: a system stats monitor"
        }
        if keys.contains("gcemetadata") || keys.contains("apiendpoint") || keys.contains("exportperiod") {
            return "not a log monitor: an exporter's configuration"
        }
        return nil
    }

    private static func readMonitor(_ reader: inout FieldReader, _ file: String) -> Monitor? {
        guard reader.node.pairs != nil else { return nil }
        let plugin = text("plugin", &reader) ?? ""
        let settings = pluginSettings(&reader)
        let path = text("logPath", &reader) ?? ""
        let size = bufferSize(&reader)
        let monitor = Monitor(
            source: text("source", &reader) ?? "", selector: .kmsg, bufferSize: size,
            lookbackSeconds: duration("lookback", &reader), delaySeconds: duration("delay", &reader),
            metricsReporting: reader.flag("metricsReporting") ?? true, conditions: conditions(&reader), origin: file)
        let skip = reader.texts("skipList")
        let pluginMark = reader.node("plugin")?.mark ?? reader.node.mark
        var copy = monitor
        switch plugin {
        case "kmsg": break
        case "journald":
            guard let source = settings["source"], !source.isEmpty else {
                reader.report(
                    pluginMark, "pluginConfig.source", "is missing; journald needs the SYSLOG_IDENTIFIER to watch")
                return nil
            }
            copy.selector = .identifiers([source], directory: path)
        case "filelog":
            for name in ["timestamp", "message"] {
                if let pattern = settings[name] { _ = reader.checkPattern(pattern, pluginMark, "pluginConfig.\(name)") }
            }
            if path.isEmpty { reader.report(pluginMark, "logPath", "is missing; filelog needs the file to read") }
            copy.selector = .file(
                .init(
                    path: path, timestamp: settings["timestamp"] ?? "", message: settings["message"] ?? "",
                    timestampFormat: settings["timestampFormat"] ?? "", skipList: skip))
        case "":
            reader.report(pluginMark, "plugin", "is missing; kmsg, journald or filelog")
            return nil
        default:
            reader.report(pluginMark, "plugin", "'\(plugin)' is not a valid plugin; use kmsg, journald or filelog")
            return nil
        }
        return copy
    }

    private static func pluginSettings(_ reader: inout FieldReader) -> [String: String] {
        guard let node = reader.node("pluginConfig") else { return [:] }
        guard let pairs = node.pairs else {
            reader.report(node.mark, "pluginConfig", "a mapping is expected, this is \(node.kindName)")
            return [:]
        }
        var settings: [String: String] = [:]
        for pair in pairs where pair.value.value != .null {
            if let text = pair.value.string {
                settings[pair.key] = text
            } else {
                reader.report(
                    pair.value.mark, "pluginConfig.\(pair.key)", "text is expected, this is \(pair.value.kindName)")
            }
        }
        return settings
    }

    private static func bufferSize(_ reader: inout FieldReader) -> Int {
        guard let node = reader.node("bufferSize") else { return bufferSizeDefault }
        guard case .integer(let size) = node.value, (0...bufferSizeMax).contains(size) else {
            reader.report(node.mark, "bufferSize", "a whole number from 0 to \(bufferSizeMax) is expected")
            return bufferSizeDefault
        }
        return size == 0 ? bufferSizeDefault : size
    }

    private static func duration(_ name: String, _ reader: inout FieldReader) -> Double {
        guard let text = text(name, &reader), !text.isEmpty else { return 0 }
        do throws(GoDuration.Problem) {
            return try GoDuration.seconds(text, allowsDays: false)
        } catch {
            reader.report(reader.node(name)?.mark ?? reader.node.mark, name, error.description)
            return 0
        }
    }

    private static let time = GoTimeLayout("2006-01-02T15:04:05Z07:00")

    /// A text, and nothing that only looks like one: Go's encoding/json refuses a number here.
    private static func text(_ name: String, _ reader: inout FieldReader) -> String? {
        if let node = reader.node(name), node.string == nil {
            reader.report(node.mark, name, "text is expected, this is \(node.kindName)")
            return nil
        }
        return reader.text(name)
    }

    static func conditions(_ reader: inout FieldReader) -> [ConditionDefault] {
        guard let node = reader.node("conditions") else { return [] }
        guard let items = node.items else {
            reader.report(node.mark, "conditions", "a list is expected, this is \(node.kindName)")
            return []
        }
        return items.enumerated().map { index, item in
            var inner = FieldReader(item, file: reader.file, path: "conditions[\(index)]")
            let condition = ConditionDefault(
                type: text("type", &inner) ?? "", reason: text("reason", &inner) ?? "",
                message: text("message", &inner) ?? ""
            )
            _ = text("status", &inner)
            // The original's field is a time, and a text that is none stops it.
            if let written = text("transition", &inner), time.parse(written, now: Timestamp(microseconds: 0)) == nil {
                inner.report(
                    inner.node("transition")?.mark ?? item.mark, "transition",
                    "'\(written)' is not a valid time; write one as 2026-01-02T15:04:05Z")
            }
            inner.finish(level: .warning)
            reader.adopt(inner.problems)
            return condition
        }
    }

    private static func readRule(
        _ node: Node, _ index: Int, _ monitor: Monitor?, _ monitorNumber: Int, _ reader: inout FieldReader
    ) -> LogRule? {
        var inner = FieldReader(node, file: reader.file, path: "rules[\(index)]")
        defer { reader.adopt(inner.problems) }
        let written = text("pattern", &inner) ?? ""
        let pattern =
            inner.checkPattern(written, inner.node("pattern")?.mark ?? node.mark, "pattern") == nil ? "" : written
        let reason = text("reason", &inner) ?? ""
        var rule = LogRule(
            id: "\(baseName(reader.file))#\(index)", check: reason, reason: reason, severity: .warning,
            selector: monitor?.selector ?? .kmsg,
            semantics: .window(bufferSize: monitor?.bufferSize ?? bufferSizeDefault, monitor: monitorNumber),
            pattern: pattern, origin: "\(reader.file):\(node.mark)")
        rule.isPermanent = text("type", &inner) != "temporary"
        rule.suffix = text("patternGeneratedMessageSuffix", &inner) ?? ""
        let type = text("condition", &inner) ?? ""
        if rule.isPermanent {
            rule.condition = LogRule.Condition(type: type, check: type)
            if let monitor, !monitor.conditions.contains(where: { $0.type == type }) {
                inner.report(
                    node.mark, "condition",
                    "'\(type)' is not declared in conditions; the rule has no effect", level: .warning)
                rule.condition = nil
            }
        }
        inner.finish(level: .warning)
        return rule
    }

    static func baseName(_ path: String) -> String {
        String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
    }
}
