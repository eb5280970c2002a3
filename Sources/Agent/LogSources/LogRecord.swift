package import Platform

/// One record, reused for every read so that reading costs no allocation.
package final class LogRecord {
    /// A longer record is cut, and counted.
    static let textBytesMax = LogLine.bytesMax

    /// Valid UTF-8, trimmed of white space at both ends.
    package var text: [UInt8] = []
    package var time = Timestamp(microseconds: 0)
    /// Which of the source's selectors it belongs to: bit i for selector i.
    package var selectors: UInt64 = 1
    package var isTruncated = false

    init() { text.reserveCapacity(4096) }

    /// Takes `bytes` as the text: cut at the limit, trimmed, invalid UTF-8 replaced.
    func setText(_ bytes: UnsafeRawBufferPointer) {
        text.removeAll(keepingCapacity: true)
        isTruncated = bytes.count > Self.textBytesMax
        var start = 0
        var end = min(bytes.count, Self.textBytesMax)
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        text.append(contentsOf: bytes[start..<end])
        repairUTF8()
    }

    /// Puts `bytes`, which are valid UTF-8, before the text.
    func prefixText(_ bytes: [UInt8]) {
        text.insert(contentsOf: bytes, at: 0)
        guard text.count > Self.textBytesMax else { return }
        text.removeLast(text.count - Self.textBytesMax)
        isTruncated = true
        repairUTF8()
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Eight bytes at a time: every record passes here.
    private static func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var seen: UInt64 = 0
        var index = 0
        while index + 8 <= bytes.count {
            seen |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            seen |= UInt64(bytes[index])
            index += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }

    /// Invalid sequences become U+FFFD, as Go's regular expressions see them.
    func repairUTF8() {
        if text.withUnsafeBytes(Self.isASCII)
            || text.withUnsafeBufferPointer({ String(validating: $0, as: UTF8.self) }) != nil
        {
            return
        }
        text = Array(String(decoding: text, as: UTF8.self).utf8)
    }
}
