/// Completion of a command line: the shells' scripts ask the program itself, with `__complete` and the words so far.
///
/// The protocol is cobra's, which kubectl also speaks to its plug-ins: a candidate per line, with a tab and what it is,
/// and `:0` or `:4` at the end: whether names of files are candidates too, or not.
package struct Completion: Sendable {
    package struct Candidate: Equatable, Sendable {
        package var text: String
        package var summary: String

        package init(_ text: String, _ summary: String = "") {
            self.text = text
            self.summary = summary
        }
    }

    /// What a value is asked for.
    package struct Question: Equatable, Sendable {
        /// `report`, or `rules check`.
        package var command: String
        /// The option's long name; for arguments without a name, what stands for them in help.
        package var parameter: String
        /// All words before the one to complete.
        package var words: [String]
    }

    package let tree: CommandTree
    package let topics: [String]

    package init(tree: CommandTree, topics: [String] = []) {
        self.tree = tree
        self.topics = topics
    }

    /// - Parameters:
    ///   - words: behind the program's name; the last is to be completed, and may be empty.
    ///   - values: candidates for a value; nil: it is the name of a file.
    package func candidates(
        _ words: [String], values: (Question) async -> [Candidate]?
    ) async -> (candidates: [Candidate], isFile: Bool) {
        var before = words
        var part = before.popLast() ?? ""
        let (start, path) = tree.descend(before)
        let command = start.child(start.defaultSubcommand) ?? start
        let whole = path.joined(separator: " ")
        if path.isEmpty, before.first == "help" {
            let names = tree.descend(Array(before.dropFirst())).command.subcommands
            return (Self.matching(names.map { .init($0.name, $0.summary) } + topics.map { .init($0) }, part), false)
        }
        var option: CommandTree.Parameter?
        var prefix = ""
        if part.hasPrefix("--"), let end = part.firstIndex(of: "=") {
            option = start.parameter(named: String(part[..<end]))
            prefix = String(part[...end])
            part = String(part[part.index(after: end)...])
        } else if let last = before.last, last.hasPrefix("-"), let known = start.parameter(named: last),
            known.kind == .option
        {
            option = known
        }
        if let option {
            return await completed(option, option.longName, whole, before, part, prefix, values)
        }
        if part.hasPrefix("-") {
            let all = Set((start.parameters + command.parameters).flatMap(\.names)).sorted()
            return (Self.matching(all.map { .init($0, start.parameter(named: $0)?.summary ?? "") }, part), false)
        }
        if !start.subcommands.isEmpty, before.count == path.count {
            var all = start.subcommands.map { Candidate($0.name, $0.summary) }
            if path.isEmpty { all.append(.init("help", "Explain a command.")) }
            return (Self.matching(all, part), false)
        }
        guard let positional = command.parameters.first(where: { $0.kind == .positional }) else { return ([], false) }
        return await completed(positional, positional.valueName, whole, before, part, "", values)
    }

    private func completed(
        _ parameter: CommandTree.Parameter, _ name: String, _ command: String, _ words: [String], _ part: String,
        _ prefix: String, _ values: (Question) async -> [Candidate]?
    ) async -> (candidates: [Candidate], isFile: Bool) {
        let known: [Candidate]?
        if parameter.values.isEmpty {
            known = await values(Question(command: command, parameter: name, words: words))
        } else {
            known = parameter.values.map { .init($0) }
        }
        guard let known else { return ([], true) }
        // Behind a comma the next of a list begins.
        let list = part.lastIndex(of: ",").map { String(part[...$0]) } ?? ""
        let found = Self.matching(known, String(part.dropFirst(list.count)))
        return (found.map { .init(prefix + list + $0.text, $0.summary) }, false)
    }

    private static func matching(_ all: [Candidate], _ part: String) -> [Candidate] {
        all.filter { $0.text.hasPrefix(part) }
    }

    /// As the scripts and kubectl read it.
    package static func text(_ found: (candidates: [Candidate], isFile: Bool)) -> String {
        let lines = found.candidates.map { candidate in
            let summary = candidate.summary.split(separator: "\n").first.map(String.init) ?? ""
            return summary.isEmpty ? candidate.text : "\(candidate.text)\t\(summary)"
        }
        return (lines + [found.isFile ? ":0" : ":4"]).joined(separator: "\n")
    }
}
