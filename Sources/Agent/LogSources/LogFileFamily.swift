internal import Glibc
import Platform

/// The files that one log lies in: under its own name, and rotated ones beside it.
///
/// Names: logrotate's `app.log.1`, `app.log-20261127`, `app-20261127.log`, the kubelet's `0.log.20261127-120000`,
/// `.old`. Other files of the folder that begin alike are logs of their own. Of compressed
/// ones those of gzip are read, once nothing writes to them any more.
struct LogFileFamily {
    struct Member: Equatable {
        var path: String
        var device: UInt64
        var inode: UInt64
        /// In microseconds since 1970.
        var written: Int64
    }

    /// Rotated files that are looked at; the newest.
    static let membersMax = 64
    private static let gzip = ".gz"
    private static let compressed = [gzip, ".xz", ".zst", ".bz2", ".lz4"]

    let path: String
    private let folder: String
    private let base: String

    init(_ path: String) {
        self.path = path
        let slash = path.lastIndex(of: "/")
        folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        base = String(path[(slash.map(path.index(after:)) ?? path.startIndex)...])
    }

    /// From the oldest to the one under the log's own name, which is the last.
    func members() throws(SystemError) -> [Member] {
        var rotated: [(member: Member, name: String)] = []
        let names = try Files.names(in: folder)
        for name in names where isRotated(name) || isCompressedWhole(name, names) {
            if let member = member(folder + "/" + name) { rotated.append((member, name)) }
        }
        // Of two that were last written to at once the one with the larger number is older.
        rotated.sort {
            ($0.member.written, -Self.number($0.name), $0.name) < ($1.member.written, -Self.number($1.name), $1.name)
        }
        return rotated.suffix(Self.membersMax).map(\.member) + (current.map { [$0] } ?? [])
    }

    /// The one under the log's own name.
    var current: Member? { member(path) }

    /// A file that is compressed lies beside what comes of it until that is whole.
    private func isCompressedWhole(_ name: String, _ names: [String]) -> Bool {
        guard name.hasSuffix(Self.gzip) else { return false }
        let plain = String(name.dropLast(Self.gzip.count))
        return isRotated(plain) && !names.contains(plain)
    }

    /// Whether a file is read through `GzipReader`.
    static func isGzip(_ path: String) -> Bool { path.hasSuffix(gzip) }

    /// Whether rotated files are compressed.
    func hasCompressed() throws(SystemError) -> Bool {
        try Files.names(in: folder).contains { name in
            Self.compressed.contains { name.hasSuffix($0) && isRotated(String(name.dropLast($0.count))) }
        }
    }

    private func member(_ path: String) -> Member? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Member(
            path: path, device: UInt64(status.st_dev), inode: UInt64(status.st_ino),
            written: Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000)
    }

    private func isRotated(_ name: String) -> Bool {
        if name == base { return false }
        if name.hasPrefix(base) {
            let rest = name.dropFirst(base.count)
            return rest == ".old" || Self.isMark(rest)
        }
        guard let dot = base.lastIndex(of: "."), dot != base.startIndex else { return false }
        let stem = base[..<dot]
        let ending = base[dot...]
        guard name.count > stem.count + ending.count, name.hasPrefix(stem), name.hasSuffix(ending) else { return false }
        return Self.isMark(name.dropFirst(stem.count).dropLast(ending.count))
    }

    /// A number or a date, behind a mark that parts it from the name.
    private static func isMark(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, ".-_".utf8.contains(first), text.utf8.count > 1 else { return false }
        return text.utf8.allSatisfy { (0x30...0x39).contains($0) || ".-_:TZ".utf8.contains($0) }
            && text.utf8.contains { (0x30...0x39).contains($0) }
    }

    /// Of `app.log.2`; 0 where there is none.
    private static func number(_ name: String) -> Int {
        (name.hasSuffix(gzip) ? name.dropLast(gzip.count) : name[...]).split(separator: ".").last.flatMap { Int($0) }
            ?? 0
    }
}
