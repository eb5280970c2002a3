import Testing

@testable import Documents
@testable import Platform
@testable import RuleEngine

/// Every kind of log is read, written and read again the same.
@Suite struct LogSourceKindTests {
    private static func file(_ source: String) -> RuleFile {
        RuleFile.read(
            Array(
                "apiVersion: ke/v1\nkind: LogRules\nsource: \(source)\nrules: [{ id: a, reason: A, pattern: x }]\n".utf8
            ),
            name: "a.yaml")
    }

    private static func selector(_ source: String) throws -> SourceSelector {
        let file = file(source)
        #expect(file.errors.isEmpty, "\(source): \(file.errors)")
        return try #require(file.rules.first).selector
    }

    /// One value for each field of a kind; a field that another excludes is taken away again.
    private static func examples(_ kind: LogSourceKind) -> [SourceSelector] {
        let all = Dictionary(uniqueKeysWithValues: kind.fields.map { ($0.name, value(of: $0)) })
        let alone = kind.fields.map { [$0.name: value(of: $0)] }
        return ([all, [:]] + alone).compactMap { values in
            var values = values
            let isWhole = kind.fields.allSatisfy { $0.example == nil || values[$0.name] != nil }
            return isWhole && kind.check(&values) == nil ? SourceSelector(kind: kind.name, values: values) : nil
        }
    }

    private static func value(of field: LogSourceKind.Field) -> [String] {
        switch field.form {
        case .word: ["kernel"]
        case .text: ["/a 'quoted' path"]
        case .pattern: [#"^(\d+): "x"$"#]
        case .names, .list: ["a.service", "b c"]
        }
    }

    @Test(arguments: LogSourceKind.all.map(\.name)) func readsWhatItWrites(_ name: String) throws {
        let kind = try #require(LogSourceKind.named(name))
        let examples = Self.examples(kind)
        #expect(!examples.isEmpty)
        for selector in examples {
            let text = LogSourceKind.write(selector)
            #expect(try Self.selector(text) == selector, "\(text)")
            #expect(!selector.title.isEmpty)
            #expect(selector.sharesLines(with: selector))
        }
    }

    @Test func kindsHaveNamesOfTheirOwn() {
        #expect(LogSourceKind.all.count >= 3)
        #expect(Set(LogSourceKind.all.map(\.name)).count == LogSourceKind.all.count)
    }

    @Test(arguments: [
        ("{ journald: { transport: kernel } }", SourceSelector.kernel),
        ("{ journald: { transport: driver } }", .driver),
        ("{ journald: { units: kubelet.service } }", .units(["kubelet.service"])),
        ("{ journald: { units: [a.service], directory: /x } }", .units(["a.service"])),
        ("{ journald: { identifiers: [a], directory: '/x' } }", .identifiers(["a"], directory: "/x")),
        ("{ kmsg: }", .kmsg), ("{ kmsg: {} }", .kmsg),
        ("{ file: { path: /a, skipList: [x] } }", .file(.init(path: "/a", skipList: ["x"]))),
    ]) func means(_ source: String, _ selector: SourceSelector) throws {
        #expect(try Self.selector(source) == selector)
    }

    @Test(arguments: [
        ("{ journald: { transport: audit } }", "exactly one of `transport: kernel`"),
        ("{ journald: { units: [a], identifiers: [b] } }", "exactly one of `transport: kernel`"),
        ("{ journald: {} }", "exactly one of `transport: kernel`"),
        ("{ file: {} }", "is missing; for example `path: /var/log/messages`"),
        ("{ file: { path: /a, message: '(' } }", "not a valid RE2 expression"),
        ("{ jurnald: {} }", "unknown source; use journald, kmsg or file; did you mean `journald`?"),
        ("{ kmsg: {}, file: {} }", "exactly one of journald, kmsg, file is expected"),
        ("{ kmsg: { path: /a } }", "unknown field"),
    ]) func refuses(_ source: String, _ words: String) {
        let problems = Self.file(source).errors.map(\.description)
        #expect(problems.contains { $0.contains(words) }, "\(problems)")
    }

    @Test func linesAreSharedByNameOrByTheKernel() {
        #expect(SourceSelector.units(["a", "b"]).sharesLines(with: .units(["b"])))
        #expect(!SourceSelector.units(["a"]).sharesLines(with: .units(["b"])))
        #expect(SourceSelector.kernel.sharesLines(with: .kmsg))
        #expect(SourceSelector.identifiers(["kernel"], directory: "").sharesLines(with: .kernel))
        #expect(!SourceSelector.identifiers(["a"], directory: "").sharesLines(with: .units(["a"])))
        #expect(!SourceSelector.driver.sharesLines(with: .kernel))
    }
}
