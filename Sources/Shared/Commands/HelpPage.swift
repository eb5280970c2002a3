import Platform

/// Help in the order in which it is read: examples before options, a command's own options before those of the
/// connection.
package enum HelpPage {
    /// - Parameters:
    ///   - text: what the parser wrote.
    ///   - examples: what each is for, and the command.
    ///   - last: titles of sections that come last, in this order.
    package static func ordered(
        _ text: String, examples: [(purpose: String, command: String)], last: [String]
    ) -> String {
        var blocks: [(title: String, text: String)] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let title = title(line) {
                blocks.append((title, String(line)))
            } else if blocks.isEmpty {
                blocks.append(("", String(line)))
            } else {
                blocks[blocks.count - 1].text += "\n" + line
            }
        }
        func rank(_ title: String) -> Int {
            switch title {
            case "OVERVIEW": 0
            case "USAGE": 2
            case "ARGUMENTS": 3
            case "SUBCOMMANDS": 4
            case "OPTIONS": 5
            default: last.firstIndex(of: title).map { 10 + $0 } ?? 6
            }
        }
        if !examples.isEmpty {
            let lines = examples.map { "  # \($0.purpose)\n  \($0.command)" }
            blocks.append(("EXAMPLES", "EXAMPLES:\n" + lines.joined(separator: "\n")))
        }
        // The hint at the end belongs to no section.
        let hint = blocks.last { $0.title == "SUBCOMMANDS" }?.text.range(of: "\n\n  See '")
        var tail = ""
        if let hint, let place = blocks.firstIndex(where: { $0.title == "SUBCOMMANDS" }) {
            tail = String(blocks[place].text[hint.lowerBound...])
            blocks[place].text = String(blocks[place].text[..<hint.lowerBound])
        }
        let sorted = blocks.enumerated().sorted {
            let left = $0.element.title == "EXAMPLES" ? 1 : rank($0.element.title)
            let right = $1.element.title == "EXAMPLES" ? 1 : rank($1.element.title)
            return (left, $0.offset) < (right, $1.offset)
        }
        return sorted.map { trimmed($0.element.text) }.filter { !$0.isEmpty }.joined(separator: "\n\n")
            + (tail.isEmpty ? "" : "\n\n" + trimmed(tail))
    }

    /// `OPTIONS` of a line `OPTIONS:`; also of `USAGE: ke report`.
    private static func title(_ line: Substring) -> String? {
        guard let end = line.firstIndex(of: ":") else { return nil }
        let title = line[..<end]
        guard !title.isEmpty, title.allSatisfy({ $0.isUppercase || $0 == " " }), title.first != " " else { return nil }
        let isAlone = line.index(after: end) == line.endIndex
        return isAlone || title == "OVERVIEW" || title == "USAGE" ? String(title) : nil
    }

    private static func trimmed(_ text: String) -> String {
        var text = Substring(text)
        while text.last?.isNewline ?? false { text = text.dropLast() }
        while text.first?.isNewline ?? false { text = text.dropFirst() }
        return String(text)
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<String.Index>? { firstRange(of: text) }
}
