import Testing

@testable import Documents
@testable import Platform
@testable import YAML

@Suite struct FieldReaderTests {
    private enum Colour: String, CaseIterable { case red, green }

    private func reader(_ text: String) throws -> FieldReader {
        FieldReader(try #require(try YAMLReader.read(Array(text.utf8), file: "f")), file: "f", path: "top")
    }

    @Test func readsEveryKindOfField() throws {
        var fields = try reader(
            "name: a\nnumber: 7\nlist: [x, y]\none: x\nflag: true\nspan: 1h30m\ncolour: green\nexpression: 'a+'\nnothing: ~"
        )
        #expect(fields.text("name") == "a")
        #expect(fields.text("number") == "7")
        #expect(fields.texts("list") == ["x", "y"])
        #expect(fields.texts("one") == ["x"])
        #expect(fields.flag("flag") == true)
        #expect(fields.duration("span") == 5400)
        #expect(fields.choice("colour", Colour.self) == .green)
        #expect(fields.pattern("expression") == "a+")
        #expect(fields.node("nothing") == nil)
        #expect(fields.positiveInteger("number", max: 7) == 7)
        fields.finish()
        #expect(fields.problems.isEmpty, "\(fields.problems)")
    }

    /// Each mistake has the place of the value, its field and what would be right; reading goes on.
    @Test func everyMistakeIsReportedAtItsPlace() throws {
        var fields = try reader(
            "name: [a]\nempty: ''\nlist: { a: 1 }\nflag: 'yes'\nnumber: 9\nspan: 5\nshort: 0s\ncolour: gren\nexpression: '(?=a)b'"
        )
        #expect(fields.text("name") == nil)
        #expect(fields.requiredText("empty", example: "x") == nil)
        #expect(fields.requiredText("missing", example: "x") == nil)
        #expect(fields.texts("list").isEmpty)
        #expect(fields.flag("flag") == nil)
        #expect(fields.positiveInteger("number", max: 8) == nil)
        #expect(fields.duration("span") == nil)
        #expect(fields.duration("short") == nil)
        #expect(fields.choice("colour", Colour.self) == nil)
        #expect(fields.pattern("expression") == nil)
        let lines = Dictionary(
            fields.problems.map { ($0.field, $0.mark.line) }, uniquingKeysWith: { first, _ in first })
        #expect(
            lines == [
                "top.name": 1, "top.empty": 2, "top.missing": 1, "top.list": 3, "top.flag": 4, "top.number": 5,
                "top.span": 6, "top.short": 7, "top.colour": 8, "top.expression": 9,
            ])
        #expect(fields.problems.contains { $0.message.contains("did you mean `green`?") })
        #expect(fields.problems.contains { $0.message.contains("RE2 has no look-around") })
    }

    @Test func unknownAndRepeatedFieldsAreReported() throws {
        var fields = try reader("nam: a\nname: b\nname: c")
        _ = fields.text("name")
        fields.finish(extra: ["other"])
        #expect(fields.problems.map(\.level) == [.error, .warning])
        #expect(fields.problems.first?.message == "unknown field; did you mean `name`?")
        #expect(fields.problems.last?.mark == Mark(line: 3, column: 1))
    }

    @Test func whatIsNotAMappingIsAProblem() throws {
        #expect(try reader("[a]").problems.map(\.field) == ["top"])
    }
}
