import Testing

@testable import Practice

/// fmt.Sprintf's results, as Go prints them.
@Suite struct TemplateFormatTests {
    @Test func formats() {
        let cases: [(String, [TemplateValue], String)] = [
            ("%s has %d", [.string("a"), .integer(3)], "a has 3"), ("%v %v", [.bool(true), .missing], "true <nil>"),
            ("%5d|%-5d|%05d", [.integer(42), .integer(42), .integer(-42)], "   42|42   |-0042"),
            ("%+d", [.integer(7)], "+7"), ("%.2f", [.double(1.005)], "1.00"), ("%f", [.double(2)], "2.000000"),
            ("%x", [.integer(255)], "ff"), ("%q", [.string("a\"b")], #""a\"b""#), ("%.2s", [.string("éàü")], "éà"),
            ("100%%", [], "100%"), ("%t", [.bool(false)], "false"), ("%d", [.double(3)], "3"),
            ("%d", [.string("x")], "%!d(string=x)"), ("%d", [], "%!d(MISSING)"),
            ("a", [.integer(1)], "a%!(EXTRA int=1)"), ("%", [], "%!(NOVERB)"), ("%s", [.missing], "%!s(<nil>)"),
        ]
        for (format, values, text) in cases {
            #expect(TemplateFormat.text(format, values) == text, "\(format)")
        }
    }

    /// A width from a user's file does not fill the memory.
    @Test func widthsAreBounded() {
        #expect(TemplateFormat.text("%999999999d", [.integer(1)]).utf8.count == TemplateFormat.widthMax)
    }
}
