import KubernetesAPI

/// An object's UID in little space. Nearly all are UUIDs in lower case (RFC 9562), and an index has hundreds of
/// thousands; any other text is kept as it is.
enum CompactUID: Sendable, Hashable {
    case uuid(UInt64, UInt64)
    case text(String)

    init(_ text: String) {
        var text = text
        self = text.withUTF8 { Self($0) }
    }

    init(_ value: JSONValue?) { self = value?.withBytes { Self($0) } ?? .text("") }

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Self.length else {
            self = .text(String(decoding: bytes, as: UTF8.self))
            return
        }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (place, byte) in bytes.enumerated() {
            if Self.isDash(place) {
                guard byte == UInt8(ascii: "-") else {
                    self = .text(String(decoding: bytes, as: UTF8.self))
                    return
                }
                continue
            }
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x61...0x66: digit = byte - 0x57
            default:
                self = .text(String(decoding: bytes, as: UTF8.self))
                return
            }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        self = .uuid(halves.0, halves.1)
    }

    private static let length = 36
    private static func isDash(_ place: Int) -> Bool { place == 8 || place == 13 || place == 18 || place == 23 }

    var string: String {
        guard case .uuid(let high, let low) = self else {
            if case .text(let text) = self { return text }
            return ""
        }
        var digits = 0
        return String(unsafeUninitializedCapacity: Self.length) { buffer in
            for place in 0..<Self.length {
                if Self.isDash(place) {
                    buffer[place] = UInt8(ascii: "-")
                    continue
                }
                let half = digits < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (digits % 16))) & 15
                buffer[place] = digit < 10 ? 0x30 + digit : 0x57 + digit
                digits += 1
            }
            return Self.length
        }
    }
}
