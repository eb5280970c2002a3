import Crypto
import Foundation
package import Platform
import SwiftASN1
import X509

/// Subject and validity of one certificate.
package struct CertificateFacts: Sendable, Equatable {
    var subject: String
    package var notBefore: Timestamp
    package var notAfter: Timestamp
    /// SHA-256 of the DER form, in hexadecimal digits.
    package var fingerprint: String

    package var lifetimeSeconds: Double { notAfter.seconds(since: notBefore) }

    init(pem: String) throws {
        let document = try PEMDocument(pemString: pem)
        let certificate = try Certificate(derEncoded: document.derBytes)
        subject = "\(certificate.subject)"
        notBefore = Timestamp(seconds: certificate.notValidBefore.timeIntervalSince1970)
        notAfter = Timestamp(seconds: certificate.notValidAfter.timeIntervalSince1970)
        fingerprint = SHA256.hash(data: document.derBytes).map {
            let hex = String($0, radix: 16)
            return hex.count == 1 ? "0" + hex : hex
        }.joined()
    }
}
