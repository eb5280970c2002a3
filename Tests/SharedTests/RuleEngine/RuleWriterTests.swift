import Testing

@testable import RuleEngine
@testable import YAML

@Suite struct RuleWriterTests {
    /// Whatever is written quoted is read back as the same text.
    @Test(arguments: [
        "plain", "it's", "a: b # c", "", " ", "tab\there", "two\nlines", "\u{07}\u{08}\u{0B}\u{0C}\r",
        "back\\slash \"q\"",
        "null", "é 中文 😀", "\u{7F}\u{01}", "{x: 1}", "- a", "\u{80}x\u{9F}", "next\u{85}line", "a\u{2028}b\u{2029} c",
        "\u{FEFF}mark", "\u{FFFE}\u{FFFF}", "\u{10FFFF}\u{E000}\u{0}",
    ]) func quotedTextsAreReadBack(_ text: String) throws {
        let root = try #require(try YAMLReader.read(Array("a: \(RuleWriter.quoted(text))".utf8)))
        #expect(root["a"]?.string == text)
    }
}
