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
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            isPretty
            ? [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// DEL and the C1 controls too: JSON permits them (RFC 8259 §7), but terminals read U+009B as the start of a
    /// control sequence (ECMA-48).
    private static func escaped(_ json: String) -> String {
        func isControl(_ scalar: Unicode.Scalar) -> Bool { (0x7F...0x9F).contains(scalar.value) }
        guard json.unicodeScalars.contains(where: isControl) else { return json }
        var text = ""
        for scalar in json.unicodeScalars {
            if isControl(scalar) {
                text += "\\u00\(String(scalar.value, radix: 16))"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
