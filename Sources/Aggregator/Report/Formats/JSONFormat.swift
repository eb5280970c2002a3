import Foundation

/// The whole report for programs; `docs/reference/report.schema.json`.
struct JSONFormat: ReportFormat {
    let id = "json"
    /// With line breaks and blanks, for people too.
    var isPretty = true
    let summary = "everything, in a stable order, for programs"
    let mediaType = "application/json"
    let showsDetail = true
    let timesAreLocal = false

    func render(_ report: ReportContent, _ layout: ReportLayout) throws -> String {
        try pieces(report, layout).joined()
    }

    func pieces(_ report: ReportContent, _ layout: ReportLayout) throws -> any ReportPieces {
        try JSONPieces(report, isPretty: isPretty)
    }

    func render(value: any Encodable) throws -> String? { try Self.text(value) }

    static func text(_ value: any Encodable, isPretty: Bool = true) throws -> String {
        String(decoding: try bytes(value, isPretty: isPretty), as: UTF8.self)
    }

    static func bytes(_ value: any Encodable, isPretty: Bool = true) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty
            ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return escaped(Array(try encoder.encode(value)))
    }

    /// DEL and the C1 controls too: JSON permits them (RFC 8259 §7), but terminals read U+009B as the start of a
    /// control sequence (ECMA-48).
    private static func escaped(_ json: [UInt8]) -> [UInt8] {
        // The first byte of each in UTF-8; few texts have either.
        guard json.contains(where: { $0 == 0x7F || $0 == 0xC2 }) else { return json }
        var text: [UInt8] = []
        text.reserveCapacity(json.count)
        var place = 0
        while place < json.count {
            let byte = json[place]
            let isPair = byte == 0xC2 && place + 1 < json.count && json[place + 1] < 0xA0
            if byte == 0x7F || isPair {
                text += "\\u00\(String(isPair ? json[place + 1] : byte, radix: 16))".utf8
            } else {
                text.append(byte)
            }
            place += isPair ? 2 : 1
        }
        return text
    }
}
