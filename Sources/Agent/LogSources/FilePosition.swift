/// A place in a file.
struct FilePosition: Equatable {
    var device: UInt64
    var inode: UInt64
    var offset: Int
    var fingerprint: String
    /// Bytes of the record before `offset`.
    var length: Int

    init(device: UInt64, inode: UInt64, offset: Int, fingerprint: String, length: Int) {
        self.length = length
        self.device = device
        self.inode = inode
        self.offset = offset
        self.fingerprint = fingerprint
    }

    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 5, let device = UInt64(parts[0]), let inode = UInt64(parts[1]),
            let offset = Int(parts[2]), let length = Int(parts[4]), (0...offset).contains(length)
        else { return nil }
        self.init(device: device, inode: inode, offset: offset, fingerprint: String(parts[3]), length: length)
    }

    var text: String { "\(device):\(inode):\(offset):\(fingerprint):\(length)" }

    func isSameFile(as other: FilePosition) -> Bool {
        // Fingerprints of different lengths are of different moments; the inode decides then.
        let prefixes = [fingerprint, other.fingerprint].map { $0.split(separator: "-").first ?? "" }
        return device == other.device && inode == other.inode
            && (prefixes[0] != prefixes[1] || fingerprint == other.fingerprint)
    }
}
