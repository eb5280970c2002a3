import Foundation
import TestSupport
import Testing

@Suite struct ProductsTests {
    @Test(arguments: [Products.agent, Products.aggregator]) func areThePrograms(_ path: String) throws {
        #expect(FileManager.default.isExecutableFile(atPath: path))
        let (status, output) = try Child.run([path, "--version"])
        #expect(status == 0, "\(output)")
    }
}
