import Crypto
import Foundation
import Platform
import SwiftASN1
import X509

/// Our own certificate authority: one key that signs the aggregator's certificates, and nobody else's (RFC 5280).
package struct CertificateAuthority: Sendable {
    static let lifeSeconds = 10 * 365 * 86_400.0
    static let leafSeconds = 30 * 86_400.0
    /// Clocks of nodes that are behind must find a new certificate valid.
    static let backdateSeconds = 3600.0

    let certificatePEM: String
    let keyPEM: String
    private let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    struct Problem: Error, CustomStringConvertible { let description: String }

    /// A new one.
    init(name: String = "\(Names.aggregator) CA", now: Timestamp, lifeSeconds: Double = Self.lifeSeconds) throws {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName {
            OrganizationName("KubeEye")
            CommonName(name)
        }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Self.date(now - Self.backdateSeconds), notValidAfter: Self.date(now + lifeSeconds),
            issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: .init(key))
        try self.init(certificatePEM: certificate.serializeAsPEM().pemString, keyPEM: key.pemRepresentation)
    }

    init(certificatePEM: String, keyPEM: String) throws {
        do {
            certificate = try Certificate(pemEncoded: certificatePEM)
            key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
        } catch {
            throw Problem(description: "the authority's certificate or its P-256 key cannot be read: \(error)")
        }
        guard certificate.publicKey == Certificate.PublicKey(key.publicKey) else {
            throw Problem(description: "the authority's key does not belong to its certificate")
        }
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }

    var end: Timestamp { Timestamp(seconds: certificate.notValidAfter.timeIntervalSince1970) }
    var start: Timestamp { Timestamp(seconds: certificate.notValidBefore.timeIntervalSince1970) }

    /// A server's certificate for these names and its key, as PEM.
    func leaf(names: [String], now: Timestamp) throws -> (certificatePEM: String, keyPEM: String, end: Timestamp) {
        let leafKey = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(names.first ?? Names.aggregator) }
        let end = min(now + Self.leafSeconds, self.end)
        let names = names.map { name -> GeneralName in
            if name == "127.0.0.1" { return .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])) }
            return .dnsName(name)
        }
        let extensions = try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth])
            SubjectAlternativeNames(names)
            SubjectKeyIdentifier(hash: Certificate.PublicKey(leafKey.publicKey))
            AuthorityKeyIdentifier(keyIdentifier: try certificate.extensions.subjectKeyIdentifier?.keyIdentifier)
        }
        let leaf = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(leafKey.publicKey),
            notValidBefore: Self.date(now - Self.backdateSeconds), notValidAfter: Self.date(end),
            issuer: certificate.subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions, issuerPrivateKey: .init(key))
        return (try leaf.serializeAsPEM().pemString, leafKey.pemRepresentation, end)
    }

    private static func date(_ time: Timestamp) -> Date {
        Date(timeIntervalSince1970: (Double(time.microseconds) / 1e6).rounded())
    }
}
