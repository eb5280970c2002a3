internal import Glibc
import Platform

/// One file being followed: the open descriptor, what is read and not yet split, and where that is.
struct FileSession: ~Copyable {
    private let path: String
    private var descriptor: Int32 = -1
    private var device: UInt64 = 0
    private var inode: UInt64 = 0
    /// Offset behind the last delivered line.
    private var offset = 0
    private var fingerprint = ""
    private var lastLength = 0
    /// Bytes read behind `offset`.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private var isSkippingLongLine = false
    private(set) var lineWasCut = false

    private static let chunkBytes = 64 << 10
    private static let fingerprintBytes = 256
    /// A line may be this long before its rest is dropped.
    private static let lineBytesMax = LogRecord.textBytesMax

    init(path: String) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    var position: String? { filePosition?.text }

    var filePosition: FilePosition? {
        if descriptor < 0 && inode == 0 { return nil }
        return FilePosition(
            device: device, inode: inode, offset: offset, fingerprint: fingerprint, length: lastLength)
    }

    /// Finds the file of an earlier position again, under its own name or a rotated one.
    /// - Returns: what is lost when it is gone.
    mutating func resume(_ wanted: FilePosition) -> LogGap? {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let base = String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
        let names: [String]
        do throws(SystemError) { names = try Files.names(in: folder) } catch {
            return LogGap(records: nil, from: nil, to: nil, reason: "\(path) was not found again: \(error)")
        }
        for name in names where name.hasPrefix(base) {
            var status = stat()
            let candidate = folder + "/" + name
            guard stat(candidate, &status) == 0, UInt64(status.st_ino) == wanted.inode,
                UInt64(status.st_dev) == wanted.device
            else { continue }
            if Int(status.st_size) < wanted.offset || fingerprintDiffers(candidate, wanted) {
                return LogGap(
                    records: nil, from: nil, to: nil,
                    reason: "\(path) was truncated; lines written before that may be lost")
            }
            open(candidate, at: wanted.offset)
            return nil
        }
        return LogGap(records: nil, from: nil, to: nil, reason: "\(path) was rotated away; its unread lines are lost")
    }

    private func fingerprintDiffers(_ path: String, _ wanted: FilePosition) -> Bool {
        Self.fingerprint(path, Self.lengthOf(wanted.fingerprint)) != wanted.fingerprint
    }

    /// Hash of the file's first bytes, at most up to `offset`, with their number: what was read cannot change.
    private static func fingerprint(_ path: String, _ offset: Int) -> String {
        let length = min(offset, fingerprintBytes)
        guard length > 0, let bytes = try? Files.read(path, bytesMax: length) else { return "" }
        var hash = StableHash()
        hash.combine(bytes)
        return "\(length)-\(hash.hex)"
    }

    private mutating func open(_ path: String, at start: Int) {
        let opened = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard opened >= 0 else { return }
        var status = stat()
        guard fstat(opened, &status) == 0 else {
            close(opened)
            return
        }
        if descriptor >= 0 { close(descriptor) }
        descriptor = opened
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        offset = start
        pending = []
        pendingStart = 0
        fingerprint = Self.fingerprint("/proc/self/fd/\(opened)", start)
        lastLength = 0
        // A position inside a line is behind the cut of an over-long one: its rest is passed over.
        var before = UInt8(ascii: "\n")
        if start > 0 { _ = pread(opened, &before, 1, start - 1) }
        isSkippingLongLine = before != UInt8(ascii: "\n")
    }

    /// Opens the file when nothing is open.
    mutating func openIfNeeded() throws(SystemError) {
        if descriptor >= 0 { return }
        open(path, at: 0)
        if descriptor < 0 { throw SystemError(call: "open", path: path, code: errno) }
    }

    /// Puts the next whole line, without its line break, into `line`; false at the end. A last line without a break
    /// waits for it. `line` is the caller's to reuse, so that a line costs no allocation.
    mutating func nextLine(into line: inout [UInt8]) throws(SystemError) -> Bool {
        while true {
            line.removeAll(keepingCapacity: true)
            if let end = endOfLine() {
                line.append(contentsOf: pending[pendingStart..<end])
                lastLength = end - pendingStart + 1
                offset += lastLength
                pendingStart = end + 1
                let wasSkipping = isSkippingLongLine
                isSkippingLongLine = false
                if fingerprint.isEmpty || offset < Self.fingerprintBytes * 2 {
                    fingerprint = Self.fingerprint("/proc/self/fd/\(descriptor)", offset)
                }
                lineWasCut = false
                if wasSkipping { continue }
                return true
            }
            if pending.count - pendingStart > Self.lineBytesMax {
                line.append(contentsOf: pending[pendingStart...].prefix(Self.lineBytesMax + 1))
                lastLength = pending.count - pendingStart
                offset += lastLength
                pending = []
                pendingStart = 0
                lineWasCut = true
                defer { isSkippingLongLine = true }
                if !isSkippingLongLine { return true }
            }
            if try !fill() { return false }
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

    /// Reads more; false at the end of the file.
    private mutating func fill() throws(SystemError) -> Bool {
        if pendingStart > 0 {
            pending.removeFirst(pendingStart)
            pendingStart = 0
        }
        let start = pending.count
        pending.append(contentsOf: repeatElement(0, count: Self.chunkBytes))
        let at = offset + start
        let handle = descriptor
        let count = pending.withUnsafeMutableBytes { bytes in
            pread(handle, bytes.baseAddress?.advanced(by: start), Self.chunkBytes, at)
        }
        let code = errno
        pending.removeLast(Self.chunkBytes - max(0, count))
        if count < 0 { throw SystemError(call: "read", path: path, code: code) }
        // Judged after reading: bytes of a file that was truncated and refilled in between are not this file's.
        if count > 0 { noticeTruncation() }
        return count > 0
    }

    /// Whether the file was copied away and truncated since the last look, even if it has grown past its old size:
    /// then it is read from its beginning. What was there had been read up to that look.
    mutating func noticeTruncation() {
        var open = stat()
        guard descriptor >= 0, fstat(descriptor, &open) == 0 else { return }
        let path = "/proc/self/fd/\(descriptor)"
        if Int(open.st_size) >= offset, fingerprint == Self.fingerprint(path, Self.lengthOf(fingerprint)) { return }
        offset = 0
        lastLength = 0
        pending = []
        pendingStart = 0
        fingerprint = ""
    }

    /// At the end of the file: opens the one that stands under its name now.
    /// - Returns: whether there is another.
    mutating func rotate() -> Bool {
        var open = stat(), named = stat()
        guard descriptor >= 0, fstat(descriptor, &open) == 0, stat(path, &named) == 0,
            named.st_ino != open.st_ino || named.st_dev != open.st_dev
        else { return false }
        self.open(path, at: 0)
        return true
    }

    private static func lengthOf(_ fingerprint: String) -> Int {
        fingerprint.split(separator: "-").first.flatMap { Int($0) } ?? 0
    }
}
