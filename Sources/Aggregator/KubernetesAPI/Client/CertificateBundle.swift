import Crypto
import Foundation
import Platform
import SwiftASN1
import X509

/// The certificates of a `caBundle`, a TLS secret or a handshake, and how many of them could not be read.
package struct CertificateBundle: Sendable, Equatable {
    /// Certificates of a bundle that are read.
    static let certificatesMax = 64

    package var certificates: [CertificateFacts] = []
    /// Why something of it could not be read; empty when all could.
    package var problem = ""
    /// There is something to read.
    package var isPresent = false

    package init() {}

    /// - Parameter base64: PEM text in base64, as API objects carry it.
    package init(base64: String?) {
        guard let base64, !base64.isEmpty else { return }
        isPresent = true
        guard let data = Data(base64Encoded: base64) else {
            problem = "not base64"
            return
        }
        read(String(decoding: data, as: UTF8.self))
    }

    package init(pem: String) {
        isPresent = !pem.isEmpty
        read(pem)
    }

    private mutating func read(_ text: String) {
        let begin = "-----BEGIN CERTIFICATE-----", end = "-----END CERTIFICATE-----"
        var rest = text[...]
        while certificates.count < Self.certificatesMax, let start = rest.firstRange(of: begin) {
            guard let stop = rest[start.upperBound...].firstRange(of: end) else {
                problem = "a certificate is cut short"
                return
            }
            do {
                certificates.append(try CertificateFacts(pem: String(rest[start.lowerBound..<stop.upperBound])))
            } catch {
                problem = "a certificate cannot be read: \(TextSafety.cut("\(error)", bytesMax: 200))"
            }
            rest = rest[stop.upperBound...]
        }
        if certificates.isEmpty, problem.isEmpty { problem = "it contains no certificate" }
    }

    /// The one that ends first; of an authority's bundle, the one that ends last counts instead.
    var first: CertificateFacts? { certificates.min { $0.notAfter < $1.notAfter } }
    package var last: CertificateFacts? { certificates.max { $0.notAfter < $1.notAfter } }
}
