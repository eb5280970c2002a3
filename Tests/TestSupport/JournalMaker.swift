import Foundation

/// Makes real journal files from export text (systemd.io/JOURNAL_EXPORT_FORMATS) with systemd-journal-remote.
package enum JournalMaker {
    package struct Entry: Sendable {
        package var message: [UInt8]
        package var fields: [String: String]
        /// Microseconds since 1970.
        package var time: Int64

        package init(
            _ message: String, fields: [String: String] = ["_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel"],
            time: Int64
        ) {
            self.message = Array(message.utf8)
            self.fields = fields
            self.time = time
        }
    }

    package static let bootID = "0123456789abcdef0123456789abcdef"

    /// Writes or appends to `path`, which must end in `.journal`.
    package static func write(_ entries: [Entry], to path: String) throws {
        let folder = try TemporaryFolder()
        var export = Data()
        for (index, entry) in entries.enumerated() {
            export += Data(
                "__REALTIME_TIMESTAMP=\(entry.time)\n__MONOTONIC_TIMESTAMP=\(entry.time % 1_000_000_000_000 + Int64(index))\n_BOOT_ID=\(bootID)\n"
                    .utf8)
            for (name, value) in entry.fields.sorted(by: { $0.key < $1.key }) {
                export += Data("\(name)=\(value)\n".utf8)
            }
            // Binary-safe: name, length as 64-bit little endian, bytes.
            export += Data("MESSAGE\n".utf8)
            var length = UInt64(entry.message.count).littleEndian
            export += withUnsafeBytes(of: &length) { Data($0) }
            export += Data(entry.message) + Data("\n\n".utf8)
        }
        let input = folder.url.appending(path: "export")
        try export.write(to: input)
        let (status, output) = try Child.run(["/lib/systemd/systemd-journal-remote", "-o", path, input.path])
        guard status == 0 else { throw NSError(domain: output, code: Int(status)) }
    }
}
