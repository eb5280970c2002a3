import FoundationEssentials
internal import Glibc
package import Platform
package import Wire

/// The committed positions on disk, for a start without an aggregator. Written by rename and fsync.
package struct Checkpoint: Codable, Equatable, Sendable {
    package var agentID: String
    package var storeID: String?
    package var positions: [String: Acknowledgement.Position] = [:]

    static func path(in folder: String) -> String { folder + "/checkpoint.json" }

    /// - Throws: `SystemError` when there is one but it cannot be read, or not understood (`EBADMSG`): the aggregator's
    ///   positions then decide.
    /// - Returns: nil when there is none.
    package static func load(from folder: String) throws(SystemError) -> Checkpoint? {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Files.read(path(in: folder))
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        do { return try JSONDecoder().decode(Checkpoint.self, from: Data(bytes)) } catch {
            throw SystemError(call: "decode", path: path(in: folder), code: EBADMSG)
        }
    }

    func save(to folder: String) throws(SystemError) {
        let path = Self.path(in: folder)
        let bytes: [UInt8]
        do { bytes = [UInt8](try JSONEncoder().encode(self)) } catch {
            throw SystemError(call: "encode", path: path, code: EINVAL)
        }
        try Files.writeAtomically(bytes, to: path)
    }
}
