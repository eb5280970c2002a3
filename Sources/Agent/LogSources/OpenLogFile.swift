internal import Glibc
import Gzip
import Platform

/// One open log file: what is read and not yet split, and where that is. Used by one thread.
final class OpenLogFile {
    private static let chunkBytes = 64 << 10
    /// A line may be this long before its rest is dropped.
    private static let lineBytesMax = LogRecord.textBytesMax

    private let path: String
    private let descriptor: Int32
    /// Of a compressed file.
    private let gzip: GzipReader?
    /// The rest of a compressed file cannot be read.
    private(set) var isDamaged = false
    let device: UInt64
    let inode: UInt64
    /// Its place among the files that were read one after another.
    let generation: Int
    /// Offset behind the last delivered line.
    private(set) var offset: Int
    private(set) var lastLength = 0
    private(set) var lineWasCut = false
    /// Of the first line on it stays the same, so that positions can be compared.
    private var head: String
    private var written: Int64
    /// Bytes read behind `offset - pendingStart`.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    /// The last bytes before `pending`, as they were read.
    private var before: [UInt8]
    private var isSkippingLongLine: Bool

    /// Opens a regular file; a pipe would be waited for.
    /// - Parameter head: as an earlier reader knew it; nil: not known.
    init(_ path: String, at start: Int = 0, head: String? = nil, generation: Int) throws(SystemError) {
        let opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard opened >= 0 else { throw SystemError(call: "open", path: path, code: errno) }
        var status = stat()
        guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(opened)
            throw SystemError(call: "open", path: path, code: EINVAL)
        }
        self.path = path
        descriptor = opened
        do throws(GzipReader.Damage) {
            gzip = LogFileFamily.isGzip(path) ? try GzipReader(descriptor: opened) : nil
        } catch {
            close(opened)
            throw SystemError(call: "inflate", path: path, code: ENOMEM)
        }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        written = Self.written(status)
        self.generation = generation
        offset = start
        let count = min(start, FileMark.bytesMax)
        // From the beginning to the end, because a compressed file is read forward.
        self.head = head ?? FileMark.text(Self.read(opened, gzip, at: 0, count: count))
        let tail = Self.read(opened, gzip, at: start - count, count: count)
        before = tail
        // A position inside a line is behind the cut of an over-long one: its rest is passed over.
        isSkippingLongLine = start > 0 && tail.last != UInt8(ascii: "\n")
    }

    deinit { close(descriptor) }

    /// Bytes of the content; fewer where it ends before.
    private static func read(_ descriptor: Int32, _ gzip: GzipReader?, at offset: Int, count: Int) -> [UInt8] {
        guard let gzip else { return FileMark.read(descriptor, at: offset, count: count) }
        // Damage shows when the content is read.
        return (try? gzip.read(at: offset, count: count)) ?? []
    }

    private static func written(_ status: stat) -> Int64 {
        Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000
    }

    /// Whether the file holds what was read of it up to a position.
    func holds(_ position: FilePosition) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0, gzip != nil || Int(status.st_size) >= position.offset else {
            return false
        }
        let head = Self.read(descriptor, gzip, at: 0, count: FileMark.length(position.head))
        guard FileMark.text(head) == position.head else { return false }
        let length = FileMark.length(position.tail)
        let tail = Self.read(descriptor, gzip, at: position.offset - length, count: length)
        return FileMark.text(tail) == position.tail
    }

    func position(isRecords: Bool = true) -> FilePosition {
        FilePosition(
            device: device, inode: inode, offset: offset, head: head, length: isRecords ? lastLength : 0,
            generation: generation, tail: FileMark.text(tail), written: written)
    }

    private var tail: [UInt8] {
        let read = pending[..<pendingStart].suffix(FileMark.bytesMax)
        return Array(before.suffix(FileMark.bytesMax - read.count) + read)
    }

    /// Whether what was read is no longer there: truncated, even if it has grown past its old size since.
    var isTruncated: Bool {
        if gzip != nil { return false }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        if Int(status.st_size) < offset { return true }
        let start = offset - pendingStart
        return FileMark.read(descriptor, at: start - before.count, count: before.count) != before
            || FileMark.text(FileMark.read(descriptor, at: 0, count: FileMark.length(head))) != head
    }

    /// Puts the next whole line, without its line break, into `line`; false at the end. A last line without a break
    /// waits for it. `line` is the caller's to reuse, so that a line costs no allocation.
    func nextLine(into line: inout [UInt8]) throws(SystemError) -> Bool {
        while true {
            line.removeAll(keepingCapacity: true)
            if let end = endOfLine() {
                line.append(contentsOf: pending[pendingStart..<end])
                take(end + 1 - pendingStart)
                let wasSkipping = isSkippingLongLine
                isSkippingLongLine = false
                lineWasCut = false
                if wasSkipping { continue }
                return true
            }
            if pending.count - pendingStart > Self.lineBytesMax {
                line.append(contentsOf: pending[pendingStart...].prefix(Self.lineBytesMax + 1))
                take(pending.count - pendingStart)
                lineWasCut = true
                defer { isSkippingLongLine = true }
                if !isSkippingLongLine { return true }
            }
            if try !fill() { return false }
        }
    }

    /// Of a file that nobody writes to any more: what stands behind its last line break.
    func rest(into line: inout [UInt8]) -> Bool {
        line.removeAll(keepingCapacity: true)
        if isSkippingLongLine || pendingStart == pending.count { return false }
        line.append(contentsOf: pending[pendingStart...])
        take(pending.count - pendingStart)
        lineWasCut = false
        return true
    }

    private func take(_ count: Int) {
        lastLength = count
        offset += count
        pendingStart += count
        if head.isEmpty {
            head = FileMark.text((before + pending[..<pendingStart]).prefix(FileMark.bytesMax))
        }
    }

    private func endOfLine() -> Int? {
        let start = pendingStart
        return pending.withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress else { return nil }
            return memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start).map {
                $0 - UnsafeMutableRawPointer(mutating: base)
            }
        }
    }

    /// Reads more; false at the end of the file, and of one that was truncated.
    private func fill() throws(SystemError) -> Bool {
        if pendingStart > 0 {
            before = tail
            pending.removeFirst(pendingStart)
            pendingStart = 0
        }
        if let gzip { return fill(gzip) }
        let start = pending.count
        pending.append(contentsOf: repeatElement(0, count: Self.chunkBytes))
        let at = offset + start
        let count = pending.withUnsafeMutableBytes { bytes in
            pread(descriptor, bytes.baseAddress?.advanced(by: start), Self.chunkBytes, at)
        }
        let code = errno
        pending.removeLast(Self.chunkBytes - max(0, count))
        if count < 0 { throw SystemError(call: "read", path: path, code: code) }
        if count == 0 { return false }
        // Judged after reading: bytes of a file that was truncated and refilled in between are not this file's.
        if isTruncated {
            pending.removeLast(count)
            return false
        }
        var status = stat()
        if fstat(descriptor, &status) == 0 { written = Self.written(status) }
        return true
    }

    private func fill(_ gzip: GzipReader) -> Bool {
        do throws(GzipReader.Damage) {
            let bytes = try gzip.read(at: offset + pending.count, count: Self.chunkBytes)
            pending += bytes
            return !bytes.isEmpty
        } catch {
            isDamaged = true
            return false
        }
    }
}
