import FoundationEssentials
package import Platform
package import Wire

/// The committed positions on disk, for a start without an aggregator. Written by rename and fsync.
package struct Checkpoint: Codable, Equatable, Sendable {
    package var agentID: String
    package var storeID: String?
    package var positions: [String: Acknowledgement.Position] = [:]

    static func path(in folder: String) -> String { folder + "/checkpoint.json" }

    /// - Throws: `SystemError` when there is one but it cannot be read.
    /// - Returns: nil when there is none, or none that can be understood: the aggregator's word then decides.
    package static func load(from folder: String) throws(SystemError) -> Checkpoint? {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(path(in: folder))
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        return try? JSONDecoder().decode(Checkpoint.self, from: Data(bytes))
    }

    func save(to folder: String) throws(SystemError) {
        guard let data = try? JSONEncoder().encode(self) else { return }
        try Files.writeAtomically([UInt8](data), to: Self.path(in: folder))
    }
}
