internal import CZlib
internal import Glibc

/// The content of an open file that was compressed with gzip (RFC 1952), also of several members one after another.
/// Reading goes forward; to go back means to begin anew. Used by one thread.
package final class GzipReader {
    package struct Damage: Error, Equatable {}

    /// Content of one file: what would take longer is no log of ours.
    static let contentBytesMax = 16 << 30
    private static let chunkBytes = 64 << 10

    /// The caller's, and closed by it.
    private let descriptor: Int32
    /// In memory that stays where it is: zlib compares the address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = [UInt8](repeating: 0, count: chunkBytes)
    private var used = 0
    private var filled = 0
    /// In the file, behind `input`.
    private var place = 0
    /// In the content, of the next byte.
    private var offset = 0
    private var isAtEnd = false

    /// - Throws: `Damage` when there is no memory for it.
    package init(descriptor: Int32) throws(Damage) {
        self.descriptor = descriptor
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and gzip's header (16): zlib's manual, inflateInit2.
        guard inflateInit2_(stream, 15 + 16, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw Damage()
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Bytes of the content; fewer where it ends before.
    /// - Throws: `Damage` where the file is not what gzip writes, or is larger than `contentBytesMax`.
    package func read(at start: Int, count: Int) throws(Damage) -> [UInt8] {
        guard start >= 0, count > 0 else { return [] }
        if start < offset { try restart() }
        while offset < start {
            if try next(min(start - offset, Self.chunkBytes)).isEmpty { return [] }
        }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try next(count - bytes.count)
            if more.isEmpty { break }
            bytes += more
        }
        return bytes
    }

    private func restart() throws(Damage) {
        guard inflateReset(stream) == Z_OK else { throw Damage() }
        (used, filled, place, offset, isAtEnd) = (0, 0, 0, 0, false)
    }

    /// Of the content, at most so many bytes; none at its end.
    private func next(_ count: Int) throws(Damage) -> [UInt8] {
        guard offset < Self.contentBytesMax else { throw Damage() }
        var problem = false
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, made in
            while made < count, !isAtEnd, !problem {
                if used == filled, !fill() {
                    // An end within a member.
                    problem = true
                    break
                }
                let (read, written, status) = inflate(buffer, from: made, count)
                used += read
                made += written
                if status == Z_STREAM_END { problem = !beginNextMember() } else if status != Z_OK { problem = true }
            }
        }
        // What came before the damage is good.
        if problem, bytes.isEmpty { throw Damage() }
        offset += bytes.count
        return bytes
    }

    private func inflate(
        _ buffer: UnsafeMutableBufferPointer<UInt8>, from start: Int, _ end: Int
    ) -> (read: Int, written: Int, status: Int32) {
        input.withUnsafeMutableBufferPointer { bytes in
            stream.pointee.next_in = bytes.baseAddress.map { $0 + used }
            stream.pointee.avail_in = UInt32(filled - used)
            stream.pointee.next_out = buffer.baseAddress.map { $0 + start }
            stream.pointee.avail_out = UInt32(end - start)
            let status = CZlib.inflate(stream, Z_NO_FLUSH)
            return (
                filled - used - Int(stream.pointee.avail_in), end - start - Int(stream.pointee.avail_out), status
            )
        }
    }

    /// - Returns: whether what follows is another member, or nothing.
    private func beginNextMember() -> Bool {
        if used == filled, !fill() {
            isAtEnd = true
            return true
        }
        return inflateReset(stream) == Z_OK
    }

    private func fill() -> Bool {
        let count = input.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, place) }
        (used, filled) = (0, max(0, count))
        place += filled
        return filled > 0
    }
}
