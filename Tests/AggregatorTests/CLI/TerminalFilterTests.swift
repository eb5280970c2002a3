import Testing

@testable import CLI

/// What an aggregator writes reaches a terminal without its control characters.
@Suite struct TerminalFilterTests {
    private func filter(_ text: String, colours: Bool = false, pieces: Int = 1) -> String {
        var filter = TerminalFilter(allowsColours: colours)
        let bytes = Array(text.utf8)
        let size = max(1, (bytes.count + pieces - 1) / pieces)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            out += filter.filter(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        return String(decoding: out, as: UTF8.self)
    }

    @Test func linesTabsAndLettersStay() {
        let text = "NAME\tSEVERITY\n节点 §é…\nnode1"
        for pieces in 1...text.utf8.count { #expect(filter(text, pieces: pieces) == text) }
    }

    @Test(arguments: [
        ("a\u{1B}[2Jb", "a [2Jb"), ("a\u{9B}31mb", "a 31mb"), ("a\rb", "a b"), ("a\u{7}\u{0}\u{7F}b", "a   b"),
        ("a\u{1B}]0;title\u{7}b", "a ]0;title b"), ("a\u{1B}[31mb", "a [31mb"),
    ]) func controlsBecomeBlanks(_ text: String, _ expected: String) {
        for pieces in 1...text.utf8.count { #expect(filter(text, pieces: pieces) == expected, "\(pieces)") }
    }

    @Test(arguments: [
        ("\u{1B}[1;31mFatal\u{1B}[0m x", "\u{1B}[1;31mFatal\u{1B}[0m x"), ("\u{1B}[2J", " [2J"),
        ("\u{1B}\u{1B}[0m", " \u{1B}[0m"), ("\u{1B}[1;31;1;31;1;31;1;31;1m", " [1;31;1;31;1;31;1;31;1m"),
        ("\u{1B}é", " é"), ("\u{1B}[1\u{9B}", " [1 "),
    ]) func coloursStayWhereTheyAreWanted(_ text: String, _ expected: String) {
        for pieces in 1...text.utf8.count {
            #expect(filter(text, colours: true, pieces: pieces) == expected, "\(pieces)")
        }
    }
}
