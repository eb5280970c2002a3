/// A man page (man(7)) of one command, from what the program declares.
package enum ManualPage {
    package struct Section: Sendable {
        package var title: String
        /// A term and what it means.
        package var rows: [(String, String)]

        package init(_ title: String, _ rows: [(String, String)]) {
            self.title = title
            self.rows = rows
        }
    }

    /// - Parameters:
    ///   - path: the words behind the program's name.
    ///   - more: sections at the end.
    package static func text(
        _ tree: CommandTree, program: String, path: [String], examples: [(purpose: String, command: String)],
        more: [Section], version: String
    ) -> String {
        let (command, path) = tree.descend(path)
        let title = ([program] + path).joined(separator: "-").replacing(" ", with: "-")
        let whole = ([program] + path).joined(separator: " ")
        var out = [
            ".TH \(quoted(title.uppercased())) 1 \"\" \(quoted("KubeEye \(version)")) \"KubeEye\"", ".SH NAME",
            "\(escaped(title)) \\- \(escaped(command.summary))", ".SH SYNOPSIS", ".B \(escaped(whole))",
            escaped(synopsis(command)),
        ]
        if !command.discussion.isEmpty {
            out += [".SH DESCRIPTION"] + paragraphs(command.discussion)
        }
        if !command.subcommands.isEmpty {
            out.append(".SH COMMANDS")
            for child in command.subcommands { out += row("\(whole) \(child.name)", child.summary) }
        }
        if !examples.isEmpty {
            out.append(".SH EXAMPLES")
            for example in examples {
                out += [
                    ".PP", escaped(example.purpose) + ":", ".PP", ".nf", ".RS", escaped(example.command), ".RE", ".fi",
                ]
            }
        }
        let own = command.parameters.filter { $0.kind != .positional || !$0.valueName.isEmpty }
        var sections: [String] = []
        for parameter in own where !sections.contains(parameter.section) { sections.append(parameter.section) }
        // The connection's come last.
        sections.sort { ($0 == "Cluster" ? 2 : $0.isEmpty ? 0 : 1) < ($1 == "Cluster" ? 2 : $1.isEmpty ? 0 : 1) }
        for section in sections {
            out.append(".SH \(section.isEmpty ? "OPTIONS" : escaped(section.uppercased()))")
            for parameter in own where parameter.section == section {
                let value = parameter.kind == .option ? " <\(parameter.valueName)>" : ""
                let names =
                    parameter.kind == .positional
                    ? "<\(parameter.valueName)>" : parameter.names.joined(separator: ", ") + value
                let standard = parameter.defaultValue.isEmpty ? "" : " (default: \(parameter.defaultValue))"
                out += row(names, parameter.summary + standard)
            }
        }
        for section in more {
            out.append(".SH \(escaped(section.title))")
            for (term, meaning) in section.rows { out += row(term, meaning) }
        }
        return out.joined(separator: "\n")
    }

    private static func synopsis(_ command: CommandTree) -> String {
        if !command.subcommands.isEmpty { return "<command>" }
        let positional = command.parameters.filter { $0.kind == .positional }.map {
            ($0.isOptional ? "[<\($0.valueName)>]" : "<\($0.valueName)>") + ($0.isRepeating ? " ..." : "")
        }
        return (["[options]"] + positional).joined(separator: " ")
    }

    private static func row(_ term: String, _ meaning: String) -> [String] {
        [".TP", ".B \(escaped(term))", escaped(meaning.isEmpty ? "-" : meaning)]
    }

    private static func paragraphs(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? ".PP" : escaped(String($0)) }
    }

    /// A backslash begins an escape, a dot or quote at the start of a line a request.
    static func escaped(_ text: String) -> String {
        let plain = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").split(
            separator: "\n", omittingEmptySubsequences: false)
        return plain.map { $0.hasPrefix(".") || $0.hasPrefix("'") ? "\\&" + $0 : $0 }.joined(separator: "\n")
    }

    private static func quoted(_ text: String) -> String { "\"\(escaped(text).replacing("\"", with: "\\(dq"))\"" }
}
