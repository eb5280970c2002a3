import ArgumentParser
import CheckModel
import Checks
import Commands
import Evaluation
import Findings
import Foundation
import KubernetesAPI
import Platform
import Practice
import Report

/// `ke-aggregator checks`: which checks there are, and why.
struct ChecksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checks", abstract: "List the checks, or explain one.", subcommands: [List.self, Explain.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List all checks: id, highest severity, what each reads.")

        @Option(name: .shortAndLong, help: "\(ListText.formats.joined(separator: ", ")).")
        var output = "table"

        @OptionGroup(title: "Checks") var checks: CheckOptions

        func run() async throws {
            let settings = try checks.settings(), language = try checks.language
            let all = (CheckList.descriptions + settings.workloads.descriptions).filter { settings.isEnabled($0.id) }
            if let text = try ListText.text(
                all.map { CheckText.fields($0, settings, language) }, format: output)
            {
                return print(text)
            }
            var table = TextTable(["CHECK", "TABLE", "SEVERITY", "READS", "TITLE"].map { .init(title: $0) })
            for description in all {
                table.add([
                    description.id, description.table.rawValue,
                    (settings.severities[description.id] ?? description.severity).title,
                    CheckText.reads(description), description.title(language),
                ])
            }
            print(table.lines().joined(separator: "\n"))
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Explain one check: what it reads, when it fires, why it matters, what to do.")

        @Argument(help: "The check's id.")
        var id: String

        @Option(name: .shortAndLong, help: "\(ListText.formats.joined(separator: ", ")).")
        var output = "table"

        @OptionGroup(title: "Checks") var checks: CheckOptions

        func run() async throws {
            let settings = try checks.settings(), language = try checks.language
            if let description = CheckList.description(named: id) ?? settings.workloads.description(named: id),
                let text = try ListText.text(CheckText.fields(description, settings, language), format: output)
            {
                return print(text)
            }
            if let description = CheckList.description(named: id) {
                print(CheckText.explain(description, settings, language))
            } else if let check = settings.workloads.check(named: id) {
                print(CheckText.explain(check.description, settings, language) + CheckText.detail(check, language))
            } else {
                let names = Catalogue.builtIn.names + settings.workloads.checks.flatMap { [$0.id, $0.alias] }
                let guess = Suggestion.nearest(to: id, among: names).map { " Did you mean '\($0)'?" } ?? ""
                throw CommandFailure(message: "No check is named '\(id)'.\(guess) `checks list` lists them all.")
            }
        }
    }
}

/// Texts about checks, for people.
enum CheckText {
    static func reads(_ description: CheckDescription) -> String {
        var parts = description.needs.map(\.rawValue) + description.alsoReads.map { "(\($0.rawValue))" }
        if description.usesAgents { parts.append("agents") }
        return parts.isEmpty ? "-" : parts.joined(separator: " ")
    }

    /// The same for programs.
    static func fields(
        _ description: CheckDescription, _ settings: EvaluationSettings, _ language: Language
    ) -> [(String, ListText.Value)] {
        let severity = settings.severities[description.id] ?? description.severity
        return [
            ("id", .text(description.id)), ("aliases", .texts(description.aliases)),
            ("table", .text(description.table.rawValue)), ("severity", .text(severity.rawValue)),
            ("reads", .texts(description.needs.map(\.rawValue))), ("title", .text(description.title(language))),
            ("why", .text(description.why(language))), ("when", .text(description.when(language))),
            ("remedy", .text(description.entry.remedySample(language))),
        ]
    }

    static func explain(_ description: CheckDescription, _ settings: EvaluationSettings, _ language: Language) -> String
    {
        let isChinese = language == .zh
        var lines = [
            "\(description.id)\(description.aliases.isEmpty ? "" : " (\(description.aliases.joined(separator: ", ")))"): \(description.title(language))",
            "",
        ]
        func add(_ en: String, _ zh: String, _ text: String) {
            lines.append("\(isChinese ? zh : en)\(isChinese ? "：" : ": ")\(text)")
        }
        add("Why", "原因", description.why(language))
        add("Fires when", "触发条件", description.when(language))
        add("What to do", "处理建议", description.entry.remedySample(language))
        for command in description.commands { add("Command", "命令", command.sample) }
        let severity = settings.severities[description.id] ?? description.severity
        add("Severity", "级别", "\(severity.title)\(isChinese ? "（最高）" : " at the worst")")
        add("Table", "表格", description.table.rawValue)
        add("Needs", "需要读取", description.needs.isEmpty ? "-" : description.needs.map(request).joined(separator: ", "))
        if !description.alsoReads.isEmpty {
            add("Also reads", "还会读取", description.alsoReads.map(request).joined(separator: ", "))
        }
        for kind in description.alsoReads {
            guard let text = description.without[kind.rawValue] else { continue }
            add("Without \(kind.rawValue)", "缺少 \(kind.rawValue) 时", text(language))
        }
        add(
            "Agents", "agent",
            description.usesAgents
                ? (isChinese ? "节点上的 agent 参与" : "what they find on nodes joins it") : (isChinese ? "不使用" : "not used"))
        for mechanism in Catalogue.builtIn.mechanisms(of: description.entry) {
            let effects = mechanism.effects.map { $0.reason.isEmpty ? $0.name : "\($0.name)/\($0.reason)" }
            add("Can cause", "可能导致", "\(effects.joined(separator: ", ")): \(mechanism.words(language))")
        }
        let causes = Catalogue.builtIn.checks(causing: description.entry)
        if !causes.isEmpty { add("Can be caused by", "可能起因", causes.joined(separator: ", ")) }
        for threshold in description.limits {
            let value = settings.thresholds[description.id]?[threshold.name] ?? threshold.value
            let number = value == value.rounded() ? String(Int(value)) : String(value)
            add("Threshold", "阈值", "\(threshold.name) = \(number) (\(threshold.meaning(language)))")
        }
        return lines.joined(separator: "\n")
    }

    /// What only best-practice checks have: what the schema sees, and YAML that satisfies it.
    static func detail(_ check: PracticeCheck, _ language: Language) -> String {
        let isChinese = language == .zh
        var lines: [String] = []
        func add(_ en: String, _ zh: String, _ text: String) {
            lines.append("\(isChinese ? zh : en)\(isChinese ? "：" : ": ")\(text)")
        }
        add("Looks at", "检查对象", target(check, isChinese))
        add("Message", "提示", check.failureMessage)
        if !check.place.isEmpty { add("Defined in", "定义于", check.place) }
        let fix = CheckFix.block(check)
        if !fix.isEmpty {
            let place = check.manifest.isEmpty ? " (\(check.target.name))" : ""
            lines.append("")
            lines.append(isChinese ? "可粘贴的 YAML\(place)：" : "YAML that satisfies it\(place):")
            lines += fix.split(separator: "\n").map { "  \($0)" }
        }
        return "\n" + lines.joined(separator: "\n")
    }

    private static func target(_ check: PracticeCheck, _ isChinese: Bool) -> String {
        var text: String =
            switch check.target {
            case .controller:
                isChinese ? "Controller：含 Pod 规格的整个对象" : "Controller: the whole object, wherever it has a pod spec"
            case .podTemplate: isChinese ? "PodTemplate：Pod 模板" : "PodTemplate: metadata and spec of the pod template"
            case .podSpec: isChinese ? "PodSpec：Pod 规格" : "PodSpec: the pod spec, as the API server would write it"
            case .container:
                isChinese
                    ? "Container：每个 init 容器与容器"
                    : "Container: each init container and container, as the API server would write it"
            case .kind(let kind): isChinese ? "\(kind)：整个对象" : "\(kind): the whole object"
            }
        func list(_ inclusion: Inclusion) {
            if !inclusion.include.isEmpty {
                text += "; \(isChinese ? "仅" : "only") \(inclusion.include.joined(separator: ", "))"
            }
            if !inclusion.exclude.isEmpty {
                text += "; \(isChinese ? "不含" : "not") \(inclusion.exclude.joined(separator: ", "))"
            }
        }
        list(check.controllers)
        list(check.containers)
        return text
    }

    private static func request(_ kind: ClusterKind) -> String {
        switch kind {
        case .readyz: "GET /readyz"
        case .metrics: "GET /metrics"
        case .handshake: "TLS handshake"
        case .version: "GET /version"
        default: "list \(kind.rawValue)\(kind.places[0].group.isEmpty ? "" : "." + kind.places[0].group)"
        }
    }
}
