import Foundation
import TestSupport
import Testing

@testable import Platform

/// One version: whoever else names it says the same.
@Suite struct VersionTests {
    @Test(arguments: [
        "deploy/base/agent.yaml", "deploy/base/aggregator.yaml", "deploy/helm/kubeeye/Chart.yaml", "scripts/image",
        "scripts/bundle",
    ])
    func isNamedIn(_ path: String) throws {
        let versions = try Repository.text(path).matches(of: /(?:kubeeye:|ersion: )(\d+\.\d+\.\d+)/).map {
            String($0.1)
        }
        #expect(!versions.isEmpty)
        #expect(versions.allSatisfy { $0 == Version.text }, "\(versions)")
    }
}
