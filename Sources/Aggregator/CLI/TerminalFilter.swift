/// Takes control characters out of a text that another program wrote, piece by piece: a terminal would obey them
/// (ECMA-48). Line breaks, tabs and, where they are wanted, colours (SGR, `ESC [ 1 ; 31 m`) stay.
struct TerminalFilter {
    /// A longer sequence is none of ours.
    static let sequenceBytesMax = 16

    let allowsColours: Bool
    /// A sequence, or the first byte of a two-byte character, whose end has not come yet.
    private var held: [UInt8] = []

    init(allowsColours: Bool) { self.allowsColours = allowsColours }

    mutating func filter(_ bytes: [UInt8]) -> [UInt8] {
        if held.isEmpty, !bytes.contains(where: Self.isSuspect) { return bytes }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for byte in bytes { take(byte, &out) }
        return out
    }

    private static func isSuspect(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x0A && byte != 0x09 || byte == 0x7F || byte == 0xC2
    }

    private mutating func take(_ byte: UInt8, _ out: inout [UInt8]) {
        switch held.first {
        case 0xC2:
            held = []
            // U+0080 to U+009F are controls too.
            if (0x80...0x9F).contains(byte) { return out.append(0x20) }
            out.append(0xC2)
        case 0x1B:
            let isInside = held.count == 1 ? byte == 0x5B : (0x30...0x39).contains(byte) || byte == 0x3B
            if held.count > 1, byte == 0x6D {
                out += held + [byte]
                held = []
                return
            }
            if isInside, held.count < Self.sequenceBytesMax { return held.append(byte) }
            out += [0x20] + held.dropFirst()
            held = []
        default: break
        }
        if byte == 0xC2 || byte == 0x1B && allowsColours {
            held = [byte]
        } else {
            out.append(Self.isSuspect(byte) ? 0x20 : byte)
        }
    }
}
