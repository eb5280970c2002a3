import Foundation
import Platform

/// Gives the headers and the client certificate that prove who asks, and renews them.
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
    private let runner: any PluginRunner
    private var known: Proof?
    private var validUntil: Timestamp?

    init(
        _ credential: ClusterConnection.Credential, clock: any WallClock, runner: any PluginRunner = ExecPluginRunner()
    ) {
        self.credential = credential
        self.clock = clock
        self.runner = runner
    }

    /// Forgets what is known, because the server refused it.
    /// - Returns: whether asking again can give anything new.
    func refused() -> Bool {
        known = nil
        switch credential {
        case .tokenFile, .plugin: return true
        case .none, .token, .basic: return false
        }
    }

    func proof() async throws(APIError) -> Proof {
        if let known, validUntil.map({ clock.now() < $0 }) ?? true { return known }
        let (made, until) = try await make()
        known = made
        validUntil = until
        return made
    }

    private func make() async throws(APIError) -> (Proof, Timestamp?) {
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

/// Runs credential plug-ins; tests put canned answers in its place.
package protocol PluginRunner: Sendable {
    /// - Returns: what it printed.
    func run(_ plugin: ExecPlugin) async throws(APIError) -> [UInt8]
}

/// Runs a plug-in as a child, without a shell; what it writes to standard error goes to ours.
package struct ExecPluginRunner: PluginRunner {
    static let secondsMax = 60.0
    static let outputBytesMax = 1 << 20

    package func run(_ plugin: ExecPlugin) async throws(APIError) -> [UInt8] {
        let hint = plugin.installHint.isEmpty ? "" : " \(plugin.installHint)"
        guard let path = Self.find(plugin.command) else {
            throw APIError(
                .unauthorized, "the exec plug-in \(plugin.command) of the kubeconfig is not on this machine.\(hint)")
        }
        var environment = ProcessInfo.processInfo.environment.merging(plugin.environment) { _, new in new }
        let cluster = plugin.clusterInfo.map { ",\"cluster\":\($0)" } ?? ""
        environment["KUBERNETES_EXEC_INFO"] =
            "{\"apiVersion\":\"\(plugin.apiVersion)\",\"kind\":\"ExecCredential\",\"spec\":{\"interactive\":false\(cluster)}}"
        let result: Result<(Int32, [UInt8]), APIError> = await withCheckedContinuation { continuation in
            let started = NativeThread.start { [environment] in
                continuation.resume(returning: Self.wait(path, plugin.arguments, environment))
            }
            if !started {
                continuation.resume(returning: .failure(APIError(.unauthorized, "no thread could be started")))
            }
        }
        let (status, output) = try result.get()
        guard status == 0 else {
            throw APIError(.unauthorized, "the exec plug-in \(plugin.command) ended with status \(status).\(hint)")
        }
        return output
    }

    /// Blocks until the child ends or its time is over.
    private static func wait(
        _ path: String, _ arguments: [String], _ environment: [String: String]
    ) -> Result<(Int32, [UInt8]), APIError> {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        do { try process.run() } catch {
            return .failure(APIError(.unauthorized, "the exec plug-in \(path) cannot be started: \(error)"))
        }
        let id = process.processIdentifier
        let watchdog = DispatchWorkItem { kill(id, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + secondsMax, execute: watchdog)
        var output: [UInt8] = []
        while output.count <= outputBytesMax, let piece = try? pipe.fileHandleForReading.read(upToCount: 65_536),
            !piece.isEmpty
        {
            output += piece
        }
        if output.count > outputBytesMax { kill(id, SIGKILL) }
        process.waitUntilExit()
        watchdog.cancel()
        return .success((process.terminationStatus, output))
    }

    static func find(_ command: String) -> String? {
        if command.contains("/") { return access(command, X_OK) == 0 ? command : nil }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.map { "\($0)/\(command)" }.first { access($0, X_OK) == 0 }
    }
}
