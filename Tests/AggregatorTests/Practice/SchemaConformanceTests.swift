import Foundation
import TestSupport
import Testing

@testable import KubernetesAPI
@testable import Practice
@testable import YAML

/// The official JSON Schema suite, read in place.
@Suite struct SchemaConformanceTests {
    /// Files of 2019-09 whose keywords are not ours, and why.
    static let leftOut = [
        "recursiveRef.json": "$recursiveRef is not supported", "refRemote.json": "remote references are refused",
        "vocabulary.json": "vocabularies are not told apart",
    ]

    @Test func suitePasses() throws {
        guard let root = Conformance.folder?.appending(path: "json-schema/tests") else { return }
        var run = 0, skipped: [String: Int] = [:]
        for (folder, draft) in [("draft7", Schema.Draft.draft7), ("draft2019-09", .draft2019)] {
            let files = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
            for file in files where file.hasSuffix(".json") {
                if let why = Self.leftOut[file] {
                    skipped["\(folder)/\(file): \(why)", default: 0] += 1
                    continue
                }
                let text = try [UInt8](Data(contentsOf: root.appending(path: "\(folder)/\(file)")))
                for group in try JSONReader.read(text).items ?? [] {
                    run += try check(group, draft, "\(folder)/\(file)", &skipped)
                }
            }
        }
        #expect(run > 1500)
        print("JSON Schema suite: \(run) cases hold")
        for (why, count) in skipped.sorted(by: { $0.key < $1.key }) { print("  left out: \(why) (\(count))") }
    }

    private func check(
        _ group: Node, _ draft: Schema.Draft, _ file: String, _ skipped: inout [String: Int]
    ) throws -> Int {
        let name = group["description"]?.string ?? "", tests = group["tests"]?.items ?? []
        let schemaNode = try #require(group["schema"])
        if Self.mentions(schemaNode, "$recursiveRef") {
            skipped["\(file): $recursiveRef is not supported", default: 0] += tests.count
            return 0
        }
        let schema: Schema
        do throws(SchemaError) { schema = try SchemaCompiler.compile(schemaNode, draft: draft) } catch {
            if error.message.contains("outside of this schema") {
                skipped["\(file): remote references are refused", default: 0] += tests.count
            } else {
                Issue.record("\(file): \(name): \(error)")
            }
            return 0
        }
        for test in tests {
            let document = try JSONDocument(try #require(test["data"]).jsonText.utf8)
            let wanted = test["valid"]?.value == .bool(true)
            document.withView { view in
                var validator = SchemaValidator()
                let isValid = validator.isValid(schema, view)
                #expect(isValid == wanted, "\(file): \(name): \(test["description"]?.string ?? "")")
                #expect(!validator.isExhausted)
                #expect(
                    validator.explain(schema, view).isEmpty == wanted,
                    "explained: \(file): \(name): \(test["description"]?.string ?? "")")
            }
        }
        return tests.count
    }

    private static func mentions(_ node: Node, _ key: String) -> Bool {
        (node.pairs ?? []).contains { $0.key == key || mentions($0.value, key) }
            || (node.items ?? []).contains { mentions($0, key) }
    }
}
