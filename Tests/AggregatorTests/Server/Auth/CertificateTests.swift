import Foundation
import Logging
import NIOSSL
import TestSupport
import Testing

@testable import Auth
@testable import HTTP
@testable import KubernetesAPI
@testable import Platform

/// Our own authority: what it signs, and how it is followed by the next.
@Suite struct CertificateTests {
    private let now = Timestamp(seconds: 1_800_000_000)

    private func openssl(_ arguments: [String]) throws -> String {
        let (status, output) = try Child.run(["/usr/bin/openssl"] + arguments)
        #expect(status == 0, "\(output)")
        return output
    }

    @Test func opensslTrustsWhatItSigns() throws {
        let folder = try TemporaryFolder()
        let authority = try CertificateAuthority(now: now)
        let leaf = try authority.leaf(names: TLSMaterial.names, now: now)
        let ca = try folder.write(authority.certificatePEM, to: "ca.crt")
        let crt = try folder.write(leaf.certificatePEM, to: "tls.crt")
        let at = String(Int(now.microseconds / 1_000_000))
        let host = "ke-aggregator.ke-system.svc"
        let output = try openssl([
            "verify", "-x509_strict", "-attime", at, "-verify_hostname", host, "-purpose", "sslserver", "-CAfile", ca,
            crt,
        ])
        #expect(output.contains("OK"))
        let other = try Child.run([
            "/usr/bin/openssl", "verify", "-attime", at, "-verify_hostname", "example.com", "-CAfile", ca, crt,
        ])
        #expect(other.status != 0)
        // Another authority's key does not fit.
        let stranger = try CertificateAuthority(now: now)
        #expect(throws: (any Error).self) {
            try CertificateAuthority(certificatePEM: authority.certificatePEM, keyPEM: stranger.keyPEM)
        }
    }

    @Test func theNextOneIsTrustedBeforeItSigns() throws {
        let clock = ManualClock(now)
        let client = KubernetesClient(
            ClusterConnection(server: "http://127.0.0.1:1", name: "none"), http: HTTPClient(), clock: clock)
        let secret = SecretAuthority(client: client, clock: clock)
        var data: [String: String] = [:]
        let first = try secret.step(&data)
        #expect(first.trusted == first.signer.certificatePEM)
        #expect(try secret.step(&data).signer.certificatePEM == first.signer.certificatePEM, "it stays")
        // In the last fifth of its life the next one is published, and does not sign.
        clock.advance(by: CertificateAuthority.lifeSeconds * 0.81)
        let published = try secret.step(&data)
        #expect(published.signer.certificatePEM == first.signer.certificatePEM)
        #expect(published.trusted.contains(first.signer.certificatePEM.trimmingCharacters(in: .newlines)))
        #expect(published.trusted.components(separatedBy: "BEGIN CERTIFICATE").count == 3)
        #expect(data["next.crt"] != nil)
        // A day later it signs.
        clock.advance(by: SecretAuthority.publishedSeconds)
        let next = try secret.step(&data)
        #expect(published.trusted.contains(next.signer.certificatePEM.trimmingCharacters(in: .newlines)))
        #expect(next.signer.certificatePEM != first.signer.certificatePEM)
        #expect(data["next.crt"] == nil)
        #expect(data.count == 2)
    }

    @Test func filesAreReadAgainAndBadOnesChangeNothing() async throws {
        let folder = try TemporaryFolder()
        let clock = ManualClock(.now())
        let logger = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        func write(_ authority: CertificateAuthority) throws {
            try folder.write(authority.certificatePEM, to: "ca.crt")
            try folder.write(authority.keyPEM, to: "ca.key")
        }
        await #expect(throws: (any Error).self) {
            try await TLSMaterial(.folder(folder.path), clock: clock, logger: logger)
        }
        try write(try CertificateAuthority(now: clock.now()))
        let material = try await TLSMaterial(.folder(folder.path), clock: clock, logger: logger)
        let first = material.configuration().certificateChain
        await material.look()
        #expect(material.configuration().certificateChain == first)
        try folder.write("no certificate", to: "ca.crt")
        await material.look()
        #expect(material.configuration().certificateChain == first)
        try write(try CertificateAuthority(now: clock.now()))
        await material.look()
        #expect(material.configuration().certificateChain != first)
        let second = material.configuration().certificateChain
        clock.advance(by: TLSMaterial.renewSeconds + 1)
        await material.look()
        #expect(material.configuration().certificateChain != second, "its own is made anew after ten days")
    }
}
