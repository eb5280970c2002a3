import Foundation

/// The programs of the build that this test belongs to: `KE_BIN`, or the folder of the running test's own program.
///
/// SwiftPM links tests and programs of one build into one folder, whatever its configuration and scratch path are.
package enum Products {
    package static let folder: String =
        ProcessInfo.processInfo.environment["KE_BIN"]
        ?? URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

    package static let agent = folder + "/ke-agent"
    package static let aggregator = folder + "/ke-aggregator"
}
