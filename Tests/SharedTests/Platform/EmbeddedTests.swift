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
