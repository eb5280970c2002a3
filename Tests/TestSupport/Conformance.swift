package import Foundation

/// The conformance data, where it is: `KE_CONFORMANCE`, or `../shared/conformance` beside the project.
package enum Conformance {
    package static let folder: URL? = {
        let environment = ProcessInfo.processInfo.environment["KE_CONFORMANCE"]
        let beside = Repository.root.deletingLastPathComponent().appending(path: "shared/conformance")
        let folder = environment.map { URL(filePath: $0) } ?? beside
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// For `.enabled(if:)`: whether the data is there; says so when it is not.
    package static let isPresent: Bool = {
        if folder == nil { print("skipped: no conformance data (set KE_CONFORMANCE)") }
        return folder != nil
    }()

    package static func cases(kind: String) throws -> [[String: Any]] {
        guard let folder else { return [] }
        let data = try Data(contentsOf: folder.appending(path: "npd/cases.json"))
        let all = try JSONSerialization.jsonObject(with: data) as? [[String: Any]] ?? []
        return all.filter { $0["kind"] as? String == kind }
    }

    package static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder else { return [] }
        return [UInt8](try Data(contentsOf: folder.appending(path: path)))
    }
}
