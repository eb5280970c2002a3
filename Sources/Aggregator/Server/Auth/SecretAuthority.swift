import Foundation
package import KubernetesAPI
package import Platform

/// Keeps our own certificate authority in a cluster: Secret `ke-tls` (`ca.crt`, `ca.key`) and, for agents, ConfigMap
/// `ke-ca` (`ca.crt`). Both are in the manifests, empty, so that no right to create Secrets is needed.
///
/// Rotation, in the last fifth of its life: a successor is published beside the old one first (`next.crt`,
/// `next.key`), and signs a day later, when every agent trusts it.
package struct SecretAuthority: Sendable {
    package static let secret = "ke-tls"
    package static let bundle = "ke-ca"
    static let publishedSeconds = 86_400.0
    static let triesMax = 5

    package let client: KubernetesClient
    package let clock: any WallClock
    var lifeSeconds = CertificateAuthority.lifeSeconds

    package init(
        client: KubernetesClient, clock: any WallClock,
        lifeSeconds: Double = CertificateAuthority.lifeSeconds
    ) {
        self.client = client
        self.clock = clock
        self.lifeSeconds = lifeSeconds
    }

    private static func path(_ kind: String, _ name: String) -> String {
        "/api/v1/namespaces/\(Names.namespace)/\(kind)/\(name)"
    }

    private enum Object {
        /// The object as it is, and its data.
        static func read(_ body: [UInt8]) -> (object: [String: Any], data: [String: String])? {
            guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else { return nil }
            return (object, object["data"] as? [String: String] ?? [:])
        }
    }

    /// The authority that signs now; made, rotated and published as needed.
    func current() async throws -> CertificateAuthority {
        for _ in 1...Self.triesMax {
            let answer = try await client.get(Self.path("secrets", Self.secret))
            guard var (object, data) = Object.read(answer.body) else {
                throw CertificateAuthority.Problem(description: "Secret \(Self.secret) cannot be read")
            }
            let before = data
            let current = try step(&data)
            if data != before {
                object["data"] = data
                do throws(APIError) {
                    let body = try JSONBody.encode(object)
                    _ = try await client.send("PUT", Self.path("secrets", Self.secret), body: body)
                } catch {
                    // Another replica was first.
                    if error.kind == .conflict { continue }
                    throw error
                }
            }
            try await publish(current.trusted)
            return current.signer
        }
        throw CertificateAuthority.Problem(description: "Secret \(Self.secret) keeps changing")
    }

    /// One step of an authority's life, on the Secret's data.
    /// - Returns: who signs, and whom agents must trust.
    func step(_ data: inout [String: String]) throws -> (signer: CertificateAuthority, trusted: String) {
        let now = clock.now()
        guard let own = try Self.authority(data, "ca") else {
            let authority = try CertificateAuthority(now: now, lifeSeconds: lifeSeconds)
            Self.set(&data, "ca", authority)
            return (authority, authority.certificatePEM)
        }
        let left = own.end.seconds(since: now)
        guard left < lifeSeconds / 5 else { return (own, own.certificatePEM) }
        let next: CertificateAuthority
        if let known = try Self.authority(data, "next") {
            next = known
        } else {
            next = try CertificateAuthority(now: now, lifeSeconds: lifeSeconds)
            Self.set(&data, "next", next)
        }
        let trusted = own.certificatePEM.trimmingCharacters(in: .newlines) + "\n" + next.certificatePEM
        let age = now.seconds(since: next.start + CertificateAuthority.backdateSeconds)
        guard age >= min(Self.publishedSeconds, lifeSeconds / 10) || left <= 0 else { return (own, trusted) }
        Self.set(&data, "ca", next)
        data["next.crt"] = nil
        data["next.key"] = nil
        return (next, trusted)
    }

    private static func authority(_ data: [String: String], _ name: String) throws -> CertificateAuthority? {
        func text(_ key: String) -> String? {
            data[key].flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
        }
        guard let certificate = text("\(name).crt"), let key = text("\(name).key"), !certificate.isEmpty else {
            return nil
        }
        return try CertificateAuthority(certificatePEM: certificate, keyPEM: key)
    }

    private static func set(_ data: inout [String: String], _ name: String, _ authority: CertificateAuthority) {
        data["\(name).crt"] = Data(authority.certificatePEM.utf8).base64EncodedString()
        data["\(name).key"] = Data(authority.keyPEM.utf8).base64EncodedString()
    }

    /// Writes what agents trust, where it differs.
    private func publish(_ trusted: String) async throws {
        for _ in 1...Self.triesMax {
            let answer = try await client.get(Self.path("configmaps", Self.bundle))
            guard var (object, data) = Object.read(answer.body) else {
                throw CertificateAuthority.Problem(description: "ConfigMap \(Self.bundle) cannot be read")
            }
            let known = data["ca.crt"] ?? ""
            // After a rotation the old one stays until nothing is signed by it any more.
            if known == trusted || known.contains(trusted) && known.count < trusted.count * 3 { return }
            data["ca.crt"] = trusted
            object["data"] = data
            do throws(APIError) {
                let body = try JSONBody.encode(object)
                _ = try await client.send("PUT", Self.path("configmaps", Self.bundle), body: body)
                return
            } catch {
                if error.kind != .conflict { throw error }
            }
        }
        throw CertificateAuthority.Problem(description: "ConfigMap \(Self.bundle) keeps changing")
    }
}
