/// Keys of a terminal in raw mode (xterm control sequences; ECMA-48 for the arrows).
struct KeyDecoder {
    enum Key: Equatable, Sendable {
        case up, down, pageUp, pageDown, home, end, enter, escape, backspace
        case character(Character)
        /// Ctrl-C, Ctrl-D.
        case interrupt
    }

    /// Bytes of a sequence or a character whose end has not come.
    private var held: [UInt8] = []
    /// A longer sequence is none of ours.
    private static let sequenceBytesMax = 8

    /// - Parameter isWhole: nothing more is waiting, so that an escape alone is the key.
    mutating func decode(_ bytes: [UInt8], isWhole: Bool = true) -> [Key] {
        var keys: [Key] = []
        for byte in bytes { take(byte, &keys) }
        if isWhole, held == [0x1B] {
            held = []
            keys.append(.escape)
        }
        return keys
    }

    private mutating func take(_ byte: UInt8, _ keys: inout [Key]) {
        if held.first == 0x1B { return sequence(byte, &keys) }
        if !held.isEmpty || byte >= 0x80 { return character(byte, &keys) }
        switch byte {
        case 0x1B: held = [byte]
        case 0x0A, 0x0D: keys.append(.enter)
        case 0x03, 0x04: keys.append(.interrupt)
        case 0x08, 0x7F: keys.append(.backspace)
        case 0x20..<0x7F: keys.append(.character(Character(Unicode.Scalar(byte))))
        default: break
        }
    }

    private mutating func sequence(_ byte: UInt8, _ keys: inout [Key]) {
        held.append(byte)
        if held.count == 2, byte == 0x5B || byte == 0x4F { return }
        // Parameters come before the final byte.
        if held.count > 2, byte < 0x40, held.count < Self.sequenceBytesMax { return }
        switch held.dropFirst(2) {
        case [0x41]: keys.append(.up)
        case [0x42]: keys.append(.down)
        case [0x48], [0x31, 0x7E]: keys.append(.home)
        case [0x46], [0x34, 0x7E]: keys.append(.end)
        case [0x35, 0x7E]: keys.append(.pageUp)
        case [0x36, 0x7E]: keys.append(.pageDown)
        default: if held.count == 2 { keys.append(.escape) }
        }
        held = []
    }

    private mutating func character(_ byte: UInt8, _ keys: inout [Key]) {
        held.append(byte)
        let count = (held[0] & 0xE0) == 0xC0 ? 2 : (held[0] & 0xF0) == 0xE0 ? 3 : (held[0] & 0xF8) == 0xF0 ? 4 : 1
        if held.count < count { return }
        if let text = String(validating: held, as: UTF8.self), let character = text.first, count > 1 {
            keys.append(.character(character))
        }
        held = []
    }
}
