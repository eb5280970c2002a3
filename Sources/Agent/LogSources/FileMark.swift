internal import Glibc
import Platform

/// A hash of a few bytes of a file with their number: `<bytes>-<hash>`; empty of none.
enum FileMark {
    static let bytesMax = 256

    static func text(_ bytes: some Collection<UInt8>) -> String {
        if bytes.isEmpty { return "" }
        var hash = StableHash()
        hash.combine(bytes)
        return "\(bytes.count)-\(hash.hex)"
    }

    /// How many bytes a mark is of.
    static func length(_ mark: String) -> Int {
        let length = mark.split(separator: "-").first.flatMap { Int($0) } ?? 0
        return min(max(0, length), bytesMax)
    }

    /// Bytes of an open file; fewer where it ends before.
    static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
        guard count > 0, offset >= 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, count, offset))
        }
    }
}
