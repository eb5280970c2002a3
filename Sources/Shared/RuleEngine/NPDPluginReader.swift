import Documents
import Findings
import Platform
import YAML

/// Reads node-problem-detector's custom plug-in monitors; log-counter becomes a threshold rule, health-checker a probe.
enum NPDPluginReader {
    static let intervalSecondsDefault = 30.0
    static let timeoutSecondsDefault = 5.0
    static let outputBytesDefault = 80
    static let outputBytesMax = 4096
    static let concurrencyDefault = 3
    static let concurrencyMax = 32

    /// Checks of our own probes by the component that health-checker names
    /// (node-problem-detector `cmd/healthchecker/options`).
    static let probedChecks = [
        "kubelet": "KubeletHealthStatus", "docker": "DockerHealthStatus", "cri": "DockerHealthStatus",
    ]

    private struct Settings {
        var interval = intervalSecondsDefault
        var timeout = timeoutSecondsDefault
        var output = outputBytesDefault
        var concurrency = concurrencyDefault
        var updatesOnMessage = false
    }

    static func read(_ root: Node, into file: inout RuleFile) {
        var reader = FieldReader(root, file: file.name, path: "")
        _ = reader.node("plugin")
        _ = reader.node("metricsReporting")
        let settings = settings(&reader)
        let conditions = NPDRuleReader.conditions(&reader)
        var monitor = PluginMonitor(
            source: reader.text("source") ?? "", concurrency: settings.concurrency,
            updatesOnMessage: settings.updatesOnMessage, conditions: conditions, rules: [], origin: file.name)
        var logRules: [LogRule] = []
        if let rules = reader.node("rules") {
            if let items = rules.items {
                for (index, item) in items.enumerated() {
                    readRule(item, index, settings, &monitor, &logRules, &reader)
                }
            } else {
                reader.report(rules.mark, "rules", "a list is expected, this is \(rules.kindName)")
            }
        }
        reader.finish(level: .warning)
        file.problems += reader.problems
        guard file.errors.isEmpty else { return }
        file.rules = logRules
        file.plugin = monitor
    }

    private static func settings(_ reader: inout FieldReader) -> Settings {
        var settings = Settings()
        guard let node = reader.node("pluginConfig") else { return settings }
        var inner = FieldReader(node, file: reader.file, path: "pluginConfig")
        defer { reader.adopt(inner.problems) }
        settings.interval = inner.duration("invoke_interval") ?? intervalSecondsDefault
        settings.timeout = inner.duration("timeout") ?? timeoutSecondsDefault
        settings.output = inner.positiveInteger("max_output_length", max: outputBytesMax) ?? outputBytesDefault
        settings.concurrency = inner.positiveInteger("concurrency", max: concurrencyMax) ?? concurrencyDefault
        settings.updatesOnMessage = inner.flag("enable_message_change_based_condition_update") ?? false
        // Conditions are reported when they are known, so there is no initial status to skip.
        _ = inner.node("skip_initial_status")
        inner.finish(level: .warning)
        return settings
    }

    private static func readRule(
        _ node: Node, _ index: Int, _ settings: Settings, _ monitor: inout PluginMonitor, _ logRules: inout [LogRule],
        _ reader: inout FieldReader
    ) {
        var inner = FieldReader(node, file: reader.file, path: "rules[\(index)]")
        defer { reader.adopt(inner.problems) }
        let type = inner.text("type") ?? ""
        if type != "temporary", type != "permanent" {
            inner.report(node.mark, "type", "'\(type)' is not a valid type; use temporary or permanent")
        }
        var rule = PluginRule(
            id: "\(NPDRuleReader.baseName(reader.file))#\(index)", isPermanent: type == "permanent",
            condition: inner.text("condition") ?? "", reason: inner.text("reason") ?? "",
            work: .program(
                path: inner.requiredText("path", example: "/etc/kubeeye/plugins/check_ntp.sh") ?? "",
                arguments: inner.texts("args")),
            timeoutSeconds: inner.duration("timeout") ?? settings.timeout,
            intervalSeconds: inner.duration("invoke_interval") ?? settings.interval, outputBytesMax: settings.output,
            origin: "\(reader.file):\(node.mark)")
        if rule.timeoutSeconds > settings.timeout {
            inner.report(node.mark, "timeout", "is longer than pluginConfig.timeout, the maximum")
        }
        if rule.isPermanent, !monitor.conditions.contains(where: { $0.type == rule.condition }) {
            inner.report(node.mark, "condition", "'\(rule.condition)' is not declared in conditions")
        }
        inner.finish(level: .warning)
        guard case .program(let path, let arguments) = rule.work else { return }
        switch NPDRuleReader.baseName(path) {
        case "log-counter":
            if let logRule = logCounter(rule, arguments, node, &inner) { logRules.append(logRule) }
        case "health-checker":
            if let check = healthChecker(arguments, node, &inner) {
                rule.work = .probe(check: check)
                monitor.rules.append(rule)
            }
        default: monitor.rules.append(rule)
        }
    }

    /// `--name=value` or `--name value` of Go's flag package.
    private static func options(_ arguments: [String]) -> [String: String] {
        var options: [String: String] = [:]
        var index = 0
        while index < arguments.count {
            let name = arguments[index].drop { $0 == "-" }
            if let equals = name.firstIndex(of: "=") {
                options[String(name[..<equals])] = String(name[name.index(after: equals)...])
            } else if index + 1 < arguments.count, !arguments[index + 1].hasPrefix("-") {
                options[String(name)] = arguments[index + 1]
                index += 1
            } else {
                options[String(name)] = "true"
            }
            index += 1
        }
        return options
    }

    /// Counted as lines come, instead of by reading the journal again and again.
    private static func logCounter(
        _ rule: PluginRule, _ arguments: [String], _ node: Node, _ reader: inout FieldReader
    ) -> LogRule? {
        let options = options(arguments)
        guard let source = options["journald-source"], let pattern = options["pattern"] else {
            reader.report(node.mark, "args", "log-counter needs --journald-source and --pattern")
            return nil
        }
        guard reader.checkPattern(pattern, node.mark, "args --pattern") != nil else { return nil }
        if let revert = options["revert-pattern"],
            reader.checkPattern(revert, node.mark, "args --revert-pattern") == nil
        {
            return nil
        }
        func seconds(_ name: String) -> Double {
            options[name].flatMap { try? GoDuration.seconds($0, allowsDays: false) } ?? 0
        }
        let lookback = seconds("lookback")
        let count = max(1, options["count"].flatMap { Int($0) } ?? 1)
        let folder = options["log-path"] ?? ""
        var logRule = LogRule(
            id: rule.id, check: rule.reason, reason: rule.reason, severity: .warning,
            selector: .identifiers([source], directory: folder == "/var/log/journal" ? "" : folder), semantics: .line,
            pattern: "(?:\(pattern))\\z", origin: rule.origin)
        logRule.continues = true
        logRule.threshold = LogRule.Threshold(
            count: count, withinSeconds: lookback > 0 ? lookback : KeRuleReader.withinSecondsMax, severity: nil,
            reverts: options["revert-pattern"].map { "(?:\($0))\\z" })
        if seconds("delay") > 0 { logRule.afterBootSeconds = seconds("delay") }
        if rule.isPermanent {
            logRule.condition = LogRule.Condition(
                type: rule.condition, check: rule.reason, clears: nil,
                clearsAfterSeconds: lookback > 0 ? lookback : nil, probe: nil)
        }
        return logRule
    }

    /// Our own probes look at the kubelet and the runtime; what health-checker does beyond that is a warning.
    private static func healthChecker(_ arguments: [String], _ node: Node, _ reader: inout FieldReader) -> String? {
        let options = options(arguments)
        if options["enable-repair"] ?? "true" != "false" {
            reader.report(
                node.mark, "args", "--enable-repair has no effect: KubeEye restarts nothing", level: .warning)
        }
        for name in ["log-pattern", "cooldown-time", "loopback-time"] where options[name] != nil && options[name] != "0"
        {
            reader.report(
                node.mark, "args", "--\(name) has no effect: the probe asks the component itself", level: .warning)
        }
        let component = options["component"] ?? "kubelet"
        guard let check = probedChecks[component] else {
            reader.report(
                node.mark, "args", "--component=\(component) has no effect: KubeEye has no probe for it",
                level: .warning)
            return nil
        }
        return check
    }
}
