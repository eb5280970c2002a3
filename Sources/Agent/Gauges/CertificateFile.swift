import Findings
import FoundationEssentials
import Platform

/// The validity of the certificates in a PEM or DER file, and nothing else of them.
///
/// Walks DER by hand (X.690; RFC 5280 §4.1): the agent links no Foundation, which the X.509 libraries need, and reads
/// two dates only. Private keys in the same file are passed over unread.
enum CertificateFile {
    struct Malformed: Error, Equatable { let message: String }

    static func validities(_ bytes: [UInt8]) throws(Malformed) -> [CertificateValidity] {
        if bytes.first == 0x30 { return [try validity(bytes)] }
        let text = String(decoding: bytes, as: UTF8.self)
        var found: [CertificateValidity] = []
        for block in text.split(separator: "-----BEGIN CERTIFICATE-----").dropFirst(
            text.hasPrefix("-----BEGIN CERT") ? 0 : 1)
        {
            let base64 = (block.split(separator: "-----END CERTIFICATE-----").first ?? "").filter { !$0.isWhitespace }
            guard let data = Data(base64Encoded: String(base64)) else {
                throw Malformed(message: "a PEM block is not base64")
            }
            found.append(try validity([UInt8](data)))
        }
        if found.isEmpty { throw Malformed(message: "it contains no certificate") }
        return found
    }

    /// `client-certificate-data` of a kubeconfig, decoded.
    static func validitiesOfKubeconfig(_ text: String) throws(Malformed) -> [CertificateValidity] {
        var found: [CertificateValidity] = []
        for line in text.split(separator: "\n") where line.contains("client-certificate-data:") {
            let value = line.split(separator: ":", maxSplits: 1).last.map { $0.filter { !$0.isWhitespace } } ?? ""
            guard let data = Data(base64Encoded: String(value)) else {
                throw Malformed(message: "client-certificate-data is not base64")
            }
            found += try validities([UInt8](data))
        }
        return found
    }

    private static func validity(_ der: [UInt8]) throws(Malformed) -> CertificateValidity {
        var outer = Walker(der[...])
        var certificate = Walker(try outer.next(0x30))
        var body = Walker(try certificate.next(0x30))
        if body.tag == 0xA0 { _ = try body.next(0xA0) }
        _ = try body.next(0x02)
        _ = try body.next(0x30)
        _ = try body.next(0x30)
        var dates = Walker(try body.next(0x30))
        return CertificateValidity(notBefore: try dates.time(), notAfter: try dates.time())
    }

    private struct Walker {
        private var rest: ArraySlice<UInt8>

        init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

        var tag: UInt8? { rest.first }

        /// The content of the next value, which must have this tag.
        mutating func next(_ tag: UInt8) throws(Malformed) -> ArraySlice<UInt8> {
            guard rest.count >= 2, rest.first == tag else { throw Malformed(message: "not an X.509 certificate") }
            var index = rest.startIndex + 1
            var length = Int(rest[index])
            index += 1
            if length & 0x80 != 0 {
                let count = length & 0x7F
                guard (1...4).contains(count), rest.endIndex - index >= count else {
                    throw Malformed(message: "a DER length is not valid")
                }
                length = rest[index..<index + count].reduce(0) { $0 << 8 | Int($1) }
                index += count
            }
            guard rest.endIndex - index >= length else { throw Malformed(message: "the certificate is truncated") }
            defer { rest = rest[(index + length)...] }
            return rest[index..<index + length]
        }

        /// UTCTime `YYMMDDHHMMSSZ` or GeneralizedTime `YYYYMMDDHHMMSSZ` (RFC 5280 §4.1.2.5).
        mutating func time() throws(Malformed) -> Timestamp {
            let isLong = tag == 0x18
            let digits = try next(isLong ? 0x18 : 0x17)
            let values = digits.dropLast().map { Int($0) - 0x30 }
            guard digits.last == UInt8(ascii: "Z"), values.count == (isLong ? 14 : 12),
                values.allSatisfy({ (0...9).contains($0) })
            else { throw Malformed(message: "a date is not valid") }
            func pair(_ index: Int) -> Int { values[index] * 10 + values[index + 1] }
            let start = isLong ? 2 : 0
            let year = isLong ? pair(0) * 100 + pair(2) : pair(0) + (pair(0) < 50 ? 2000 : 1900)
            let rest = (1...5).map { pair(start + 2 * $0) }
            return Timestamp(
                microseconds: Int64(
                    Timestamp.days(year, rest[0], rest[1]) * 86_400 + rest[2] * 3600 + rest[3] * 60 + rest[4])
                    * 1_000_000)
        }
    }
}
