import Foundation
import TestSupport
import Testing

/// The rules of the house that a machine can check; each with a case that proves that it can fail.
@Suite struct TidyTests {
    private static let files: [TidyRule.File] = ["Sources", "Tests"].flatMap { folder -> [TidyRule.File] in
        let root = Repository.root.appending(path: folder)
        let found =
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return found.filter { $0.pathExtension == "swift" }.compactMap { url in
            guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
            return TidyRule.File(folder + url.path.dropFirst(root.path.count), text)
        }
    }

    @Test func thereAreFilesToCheck() { #expect(Self.files.count > 80) }

    @Test(arguments: TidyRules.all) func everyFileKeeps(_ rule: TidyRule) {
        for file in Self.files {
            for (line, text) in rule.check(file) {
                Issue.record("\(file.path):\(line): \(rule.description): \(text.prefix(120))")
            }
        }
    }

    @Test(arguments: TidyRules.all) func canFail(_ rule: TidyRule) { #expect(!rule.check(rule.bad).isEmpty) }

    @Test(arguments: [
        "#expect(!(a && b))", "try #require(a\n    && b)", "#expect(all.contains { $0.isNew } && b)",
        "#expect(text(\"(\") && b)", "#expect(text == #\"a\"b\"# && b)", "#expect(f(\"\\(g(\")\"))\") && b)",
        "#expect(f(\"\"\"\n    one \" quote\n    \"\"\") && b)",
    ]) func joinedExpectationsAreFound(_ code: String) {
        #expect(TidyRules.oneConditionPerExpectation.check(.init("Tests/A.swift", code)).count == 1)
    }

    @Test(arguments: [
        "#expect(all.contains { $0.isNew && $0.isGood })", "#expect(text == \"a && b\")", "#expect(a, \"\\(b && c)\")",
        "#expect(a)  // a && b", "#expect(a)\nlet c = a && b", "#expect(text == #\"\" && \"#)",
        "#expect(await eventually { a && b }, \"late\")", "if a && b { #expect(c) }",
    ]) func whatIsNoJoinedExpectationIsNotFound(_ code: String) {
        #expect(TidyRules.oneConditionPerExpectation.check(.init("Tests/A.swift", code)).isEmpty)
    }

    @Test func theREADMEsNameBothCommands() throws {
        for name in ["README.md", "README.zh.md"] {
            let text = try String(contentsOf: Repository.root.appending(path: name), encoding: .utf8)
            #expect(text.contains("make run"), "\(name)")
            #expect(text.contains("make test"), "\(name)")
        }
    }
}
