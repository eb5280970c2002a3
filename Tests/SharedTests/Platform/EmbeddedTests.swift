import Foundation
import TestSupport
import Testing

@testable import Platform

/// What is built into the programs is what lies in the folders.
@Suite struct EmbeddedTests {
    @Test(arguments: ["rules/", "deploy/base/"]) func holdsEveryFileOfTheFolder(_ folder: String) throws {
        let built = Embedded.files(under: folder)
        let names = Repository.files(under: String(folder.dropLast())).filter {
            $0.hasSuffix(".yaml") || $0.hasSuffix(".log")
        }
        #expect(built.map { folder + $0.name }.sorted() == names, "run scripts/embed")
        #expect(names.count > 3)
        for (name, bytes) in built {
            let file = try Data(contentsOf: Repository.root.appending(path: folder + name))
            #expect([UInt8](file) == bytes, "\(folder)\(name)")
        }
    }

    @Test func aMissingFileIsEmpty() { #expect(Embedded.file("rules/absent.yaml").isEmpty) }
}

/// One version: whoever else names it says the same.
@Suite struct VersionTests {
    @Test(arguments: [
        "deploy/base/agent.yaml", "deploy/base/aggregator.yaml", "deploy/helm/kubeeye/Chart.yaml",
    ])
    func isNamedIn(_ path: String) throws {
        let versions = try Repository.text(path).matches(of: /(?:kubeeye:|ersion: )(\d+\.\d+\.\d+)/).map {
            String($0.1)
        }
        #expect(!versions.isEmpty)
        #expect(versions.allSatisfy { $0 == Version.text }, "\(versions)")
    }
}
