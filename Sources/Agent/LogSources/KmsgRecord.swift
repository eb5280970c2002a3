/// One `/dev/kmsg` record (Linux `Documentation/ABI/testing/dev-kmsg`):
/// `priority,sequence,microseconds,flags[,key=value…];text`, then lines ` KEY=value`.
struct KmsgRecord: Equatable {
    struct Malformed: Error, Equatable { let message: String }

    let priority: Int
    let sequence: UInt64
    let microseconds: UInt64
    /// The text's place in the record's bytes: escapes not yet decoded, dictionary lines left out.
    let text: Range<Int>

    init(_ bytes: UnsafeRawBufferPointer) throws(Malformed) {
        var index = 0
        priority = Int(try Self.number(bytes, &index, "priority", ends: UInt8(ascii: ",")))
        sequence = try Self.number(bytes, &index, "sequence", ends: UInt8(ascii: ","))
        // The third field ends at a comma, or at the semicolon where a kernel left the flags out.
        microseconds = try Self.number(bytes, &index, "timestamp", ends: UInt8(ascii: ","), or: UInt8(ascii: ";"))
        if bytes[index - 1] != UInt8(ascii: ";") {
            while index < bytes.count, bytes[index] != UInt8(ascii: ";") { index += 1 }
            guard index < bytes.count else { throw Malformed(message: "no ';' before the text") }
            index += 1
        }
        var end = index
        while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
        text = index..<end
    }

    private static func number(
        _ bytes: UnsafeRawBufferPointer, _ index: inout Int, _ name: String, ends: UInt8, or other: UInt8? = nil
    ) throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[index] - 0x30))
            if overflow || carry { throw Malformed(message: "the \(name) is too large") }
            value = sum
            index += 1
        }
        guard index > start, index < bytes.count, bytes[index] == ends || bytes[index] == other else {
            throw Malformed(message: "the \(name) is not a number")
        }
        index += 1
        return value
    }

    /// The text with the kernel's `\xNN` escapes decoded, into a reused record.
    func decodeText(_ bytes: UnsafeRawBufferPointer, into record: LogRecord, scratch: inout [UInt8]) {
        let source = UnsafeRawBufferPointer(rebasing: bytes[text])
        guard source.contains(UInt8(ascii: "\\")) else { return record.setText(source) }
        scratch.removeAll(keepingCapacity: true)
        var index = 0
        while index < source.count {
            if source[index] == UInt8(ascii: "\\"), index + 3 < source.count, source[index + 1] == UInt8(ascii: "x"),
                let high = Self.hex(source[index + 2]), let low = Self.hex(source[index + 3])
            {
                scratch.append(high << 4 | low)
                index += 4
            } else {
                scratch.append(source[index])
                index += 1
            }
        }
        scratch.withUnsafeBytes { record.setText($0) }
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x61...0x66: byte - 0x57
        case 0x41...0x46: byte - 0x37
        default: nil
        }
    }
}
