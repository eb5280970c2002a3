import Foundation
import Platform

/// Provides the headers and the client certificate that authenticate requests, and renews them.
///
/// A token file is read again after a minute, an exec plug-in is run again shortly before what it gave expires, and
/// both at once after a 401.
actor CredentialSource {
    static let rereadSeconds = 60.0
    static let expiryMarginSeconds = 30.0

    struct Proof: Sendable, Equatable {
        var authorization: String?
        var certificatePEM: [UInt8]?
        var keyPEM: [UInt8]?
    }

    private let credential: ClusterConnection.Credential
    private let clock: any WallClock
    private let runner: any CredentialRunner
    private var known: Proof?
    private var validUntil: Timestamp?

    init(
        _ credential: ClusterConnection.Credential, clock: any WallClock,
        runner: any CredentialRunner = ExecCredentialRunner()
    ) {
        self.credential = credential
        self.clock = clock
        self.runner = runner
    }

    /// Discards the cached credentials after the server rejected them.
    /// - Returns: whether another attempt can yield new ones.
    func refused() -> Bool {
        known = nil
        switch credential {
        case .tokenFile, .plugin: return true
        case .none, .token, .basic: return false
        }
    }

    func proof() async throws(APIError) -> Proof {
        if let known, validUntil.map({ clock.now() < $0 }) ?? true { return known }
        let (proof, until) = try await renew()
        known = proof
        validUntil = until
        return proof
    }

    private func renew() async throws(APIError) -> (Proof, Timestamp?) {
        switch credential {
        case .none: return (Proof(), nil)
        case .token(let token): return (Proof(authorization: "Bearer \(token)"), nil)
        case .basic(let user, let password):
            return (Proof(authorization: "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"), nil)
        case .tokenFile(let path):
            do throws(SystemError) {
                let token = try Files.text(path).trimmingCharacters(in: .whitespacesAndNewlines)
                return (Proof(authorization: "Bearer \(token)"), clock.now() + Self.rereadSeconds)
            } catch {
                throw APIError(.unauthorized, "the token file cannot be read: \(error)")
            }
        case .plugin(let plugin):
            let output = try await runner.run(plugin)
            return try Self.read(output, plugin, margin: Self.expiryMarginSeconds)
        }
    }

    /// Reads an `ExecCredential` (client.authentication.k8s.io).
    static func read(_ output: [UInt8], _ plugin: ExecPlugin, margin: Double) throws(APIError) -> (Proof, Timestamp?) {
        let name = plugin.command
        let document: JSONDocument
        do throws(JSONError) { document = try JSONDocument(output) } catch {
            throw APIError(.unauthorized, "the exec plug-in \(name) printed no ExecCredential: \(error)")
        }
        let root = document.root
        guard root["kind"]?.equals("ExecCredential") == true, let status = root["status"] else {
            throw APIError(.unauthorized, "the exec plug-in \(name) printed no ExecCredential with a status")
        }
        if let version = root["apiVersion"]?.string, version != plugin.apiVersion {
            throw APIError(
                .unauthorized,
                "the exec plug-in \(name) answered in \(version), the kubeconfig asks for \(plugin.apiVersion)")
        }
        var proof = Proof()
        if let token = status["token"]?.string, !token.isEmpty { proof.authorization = "Bearer \(token)" }
        proof.certificatePEM = status["clientCertificateData"]?.string.map { Array($0.utf8) }
        proof.keyPEM = status["clientKeyData"]?.string.map { Array($0.utf8) }
        if proof.authorization == nil && proof.certificatePEM == nil {
            throw APIError(.unauthorized, "the exec plug-in \(name) gave neither a token nor a certificate")
        }
        if (proof.certificatePEM == nil) != (proof.keyPEM == nil) {
            throw APIError(.unauthorized, "the exec plug-in \(name) gave a certificate without its key, or the reverse")
        }
        let expires = status["expirationTimestamp"].flatMap { KubernetesTime.parse($0) }
        return (proof, expires.map { $0 - margin })
    }
}

/// Runs credential plug-ins; replaced in tests.
package protocol CredentialRunner: Sendable {
    /// - Returns: what it printed.
    func run(_ plugin: ExecPlugin) async throws(APIError) -> [UInt8]
}

/// Runs a plug-in as a child, without a shell; what it writes to standard error goes to ours.
package struct ExecCredentialRunner: CredentialRunner {
    static let secondsMax = 60.0
    static let outputBytesMax = 1 << 20

    package func run(_ plugin: ExecPlugin) async throws(APIError) -> [UInt8] {
        let hint = plugin.installHint.isEmpty ? "" : " \(plugin.installHint)"
        guard let path = Self.find(plugin.command) else {
            throw APIError(
                .unauthorized,
                "the exec plug-in \(plugin.command) of the kubeconfig is not installed on this machine.\(hint)")
        }
        var environment = ProcessInfo.processInfo.environment.merging(plugin.environment) { _, new in new }
        let cluster = plugin.clusterInfo.map { ",\"cluster\":\($0)" } ?? ""
        environment["KUBERNETES_EXEC_INFO"] =
            "{\"apiVersion\":\"\(plugin.apiVersion)\",\"kind\":\"ExecCredential\",\"spec\":{\"interactive\":false\(cluster)}}"
        let program = ChildProcess(
            path: path, arguments: plugin.arguments, environment: environment.map { "\($0)=\($1)" },
            errorOutput: .inherited, timeoutSeconds: Self.secondsMax, outputBytesMax: Self.outputBytesMax)
        let result: ChildProcess.Result
        do throws(SystemError) { result = try await program.run() } catch {
            throw APIError(.unauthorized, "the exec plug-in \(path) cannot be started: \(error)")
        }
        let problem: String
        switch result.end {
        case .exited(status: 0):
            if !result.isOutputCut { return result.output }
            problem = "printed more than \(Self.outputBytesMax) bytes"
        case .exited(let status): problem = "ended with status \(status)"
        case .killed(let signal): problem = "was ended by signal \(signal)"
        case .timedOut: problem = "did not end within \(Int(Self.secondsMax)) s"
        case .cancelled: problem = "was not waited for"
        }
        throw APIError(.unauthorized, "the exec plug-in \(plugin.command) \(problem).\(hint)")
    }

    static func find(_ command: String) -> String? {
        if command.contains("/") { return access(command, X_OK) == 0 ? command : nil }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(command)" }.first { access($0, X_OK) == 0 }
    }
}
