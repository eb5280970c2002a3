import Foundation
package import Logging
import NIOCore
package import NIOSSL
package import Platform
import ServiceLifecycle
import Synchronization

/// The certificate that both servers show, from files or a Secret that are read again as they change.
///
/// A certificate and key of one's own (`tls.crt` and `tls.key`, cert-manager's for example) are shown as they are. An
/// authority (`ca.crt`, `ca.key`) signs one in memory, valid for 30 days and renewed after ten: no key but the
/// authority's is ever stored.
package final class TLSMaterial: Service {
    static let lookSeconds = 60.0
    /// Age at which a certificate that we issued is renewed.
    static let renewSeconds = 10 * 86_400.0
    static let names = [
        Names.aggregator, "\(Names.aggregator).\(Names.namespace)",
        "\(Names.aggregator).\(Names.namespace).svc",
        "\(Names.aggregator).\(Names.namespace).svc.cluster.local", "localhost", "127.0.0.1",
    ]

    package enum Source: Sendable {
        case folder(String)
        case secret(SecretAuthority)
    }

    private enum Origin: Equatable {
        case pair(certificate: String, key: String)
        case authority(certificate: String, key: String)
    }

    private struct Shown: Sendable {
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
        var issuedAt: Timestamp
        var origin: Origin
    }

    private let source: Source
    private let clock: any WallClock
    private let logger: Logger
    private let shown: Mutex<Shown>

    package init(_ source: Source, clock: any WallClock, logger: Logger) async throws {
        self.source = source
        self.clock = clock
        self.logger = logger
        shown = Mutex(try Self.make(try await Self.read(source), clock.now()))
    }

    /// For a server; each handshake shows what is current then.
    package func configuration() -> TLSConfiguration {
        let first = shown.withLock { $0 }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: first.chain.map { .certificate($0) }, privateKey: .privateKey(first.key))
        configuration.minimumTLSVersion = .tlsv12
        // Of TLS 1.2 those with authenticated encryption alone (RFC 9325 §4.2); 1.3 has no others.
        configuration.cipherSuiteValues = [
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        configuration.sslContextCallback = { _, promise in
            let current = self.shown.withLock { $0 }
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = current.chain.map { .certificate($0) }
            override.privateKey = .privateKey(current.key)
            promise.succeed(override)
        }
        return configuration
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await self.clock.sleep(seconds: Self.lookSeconds)
                await self.look()
            }
        }
    }

    /// Reads the source again; what cannot be read leaves what is shown.
    func look() async {
        do {
            let origin = try await Self.read(source)
            let now = clock.now()
            let current = shown.withLock { $0 }
            var isOld = false
            if case .authority = origin { isOld = now.seconds(since: current.issuedAt) > Self.renewSeconds }
            guard origin != current.origin || isOld else { return }
            let renewed = try Self.make(origin, now)
            shown.withLock { $0 = renewed }
            logger.info("A new certificate is in use.")
        } catch {
            logger.error("The certificate cannot be renewed; the earlier one stays.", metadata: ["reason": "\(error)"])
        }
    }

    private static func read(_ source: Source) async throws -> Origin {
        switch source {
        case .folder(let folder) where Files.exists(folder + "/tls.crt"):
            return .pair(certificate: try Files.text(folder + "/tls.crt"), key: try Files.text(folder + "/tls.key"))
        case .folder(let folder):
            return .authority(certificate: try Files.text(folder + "/ca.crt"), key: try Files.text(folder + "/ca.key"))
        case .secret(let secret):
            let authority = try await secret.current()
            return .authority(certificate: authority.certificatePEM, key: authority.keyPEM)
        }
    }

    private static func make(_ origin: Origin, _ now: Timestamp) throws -> Shown {
        var (certificate, key) = ("", "")
        switch origin {
        case .pair(let given, let own): (certificate, key) = (given, own)
        case .authority(let given, let own):
            let leaf = try CertificateAuthority(certificatePEM: given, keyPEM: own).leaf(names: names, now: now)
            (certificate, key) = (leaf.certificatePEM, leaf.keyPEM)
        }
        return Shown(
            chain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)),
            key: try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem), issuedAt: now, origin: origin)
    }
}
