import Crypto
import Foundation
import SwiftASN1
import X509

@testable import Platform

extension Make {
    /// A self-signed certificate as PEM.
    static func certificate(from: Timestamp, to: Timestamp, name: String = "test") throws -> String {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(name) }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSince1970: Double(from.microseconds) / 1e6),
            notValidAfter: Date(timeIntervalSince1970: Double(to.microseconds) / 1e6), issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: Certificate.Extensions(), issuerPrivateKey: .init(key))
        return try certificate.serializeAsPEM().pemString
    }
}
