/// A place in a log that lies in one file after another.
///
/// `<device>:<inode>:<offset>:<head>:<length>:<generation>:<tail>:<written>`, and `+` with the same of an earlier file
/// that is still written to. Five parts are a position from before there were more.
struct FilePosition: Equatable {
    var device: UInt64
    var inode: UInt64
    /// Behind the record's line break.
    var offset: Int
    /// `FileMark` of the file's first bytes: tells a truncated and refilled file from the one that was read.
    var head: String
    /// Bytes of the record before `offset`; 0: the record was not of this file.
    var length: Int
    /// Counts the files that were read one after another: what is in an earlier one is older, wherever both lie now.
    var generation = 0
    /// `FileMark` of the bytes before `offset`; empty: not known.
    var tail = ""
    /// When the file was last written to, in microseconds since 1970, when it was read; 0: not known.
    var written: Int64 = 0
    /// The file before this one, with the offset up to which it was read.
    var earlier: Earlier?

    /// The same of an earlier file. In a box, because a value cannot hold its own kind.
    final class Earlier: Equatable, Sendable {
        let position: FilePosition
        init(_ position: FilePosition) { self.position = position }
        static func == (a: Earlier, b: Earlier) -> Bool { a.position == b.position }
    }

    init(
        device: UInt64, inode: UInt64, offset: Int, head: String, length: Int, generation: Int = 0, tail: String = "",
        written: Int64 = 0
    ) {
        self.device = device
        self.inode = inode
        self.offset = offset
        self.head = head
        self.length = length
        self.generation = generation
        self.tail = tail
        self.written = written
    }

    init?(_ text: String) {
        let files = text.split(separator: "+", omittingEmptySubsequences: false)
        guard files.count <= 2, let own = Self(one: files[0]) else { return nil }
        self = own
        if files.count == 2 {
            guard let before = Self(one: files[1]) else { return nil }
            earlier = Earlier(before)
        }
    }

    private init?(one text: Substring) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 5 || parts.count == 8, let device = UInt64(parts[0]), let inode = UInt64(parts[1]),
            let offset = Int(parts[2]), let length = Int(parts[4]), offset >= 0, (0...offset).contains(length)
        else { return nil }
        self.init(device: device, inode: inode, offset: offset, head: String(parts[3]), length: length)
        guard parts.count == 8 else { return }
        guard let generation = Int(parts[5]), (0..<Int.max).contains(generation), let written = Int64(parts[7]) else {
            return nil
        }
        self.generation = generation
        self.written = written
        tail = String(parts[6])
    }

    var text: String {
        let own = "\(device):\(inode):\(offset):\(head):\(length):\(generation):\(tail):\(written)"
        return earlier.map { own + "+" + $0.position.text } ?? own
    }

    /// Whether both lie in one file. A copy that was made before a truncation continues the original: the same place in
    /// the order, and the same beginning.
    func isSameFile(as other: FilePosition) -> Bool {
        let isSameInode = device == other.device && inode == other.inode
        let isSamePlace = generation > 0 && generation == other.generation
        guard isSameInode || isSamePlace else { return false }
        // Marks of different lengths are of different moments; the inode decides then.
        let lengths = [head, other.head].map { $0.split(separator: "-").first ?? "" }
        return head == other.head || isSameInode && lengths[0] != lengths[1]
    }

    /// Whether the record here was read before, or is, the one at `other`.
    func isCovered(by other: FilePosition) -> Bool {
        if isSameFile(as: other) {
            if offset != other.offset { return offset < other.offset }
            // Late lines of the earlier file stand between two records of this one.
            guard let own = earlier?.position, let known = other.earlier?.position, own.isSameFile(as: known) else {
                return true
            }
            return own.offset <= known.offset
        }
        if let known = other.earlier?.position, isSameFile(as: known) { return offset <= known.offset }
        return generation < other.generation
    }

    /// Before the record, so that it is read again.
    var beforeRecord: FilePosition {
        var before = self
        before.offset -= length
        before.length = 0
        before.earlier = earlier.map { Earlier($0.position.beforeRecord) }
        return before
    }
}
