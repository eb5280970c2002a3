import Foundation
import Glibc
import HTTP

/// A real control plane from the programs that `KUBEBUILDER_ASSETS` names, on loopback, in a folder of its own.
package final class ControlPlane: Sendable {
    /// Whether one can be started here; says so when not.
    package static let isPossible: Bool = {
        let assets = ProcessInfo.processInfo.environment["KUBEBUILDER_ASSETS"] ?? ""
        let can =
            !assets.isEmpty
            && ["etcd", "kube-apiserver", "kube-scheduler", "kube-controller-manager"].allSatisfy {
                access("\(assets)/\($0)", X_OK) == 0
            }
        if !can {
            print("skipped: KUBEBUILDER_ASSETS names no control plane: tests with a real API server are skipped")
        }
        return can
    }()

    private static let script = Repository.root.path + "/scripts/control-plane"

    package let folder: TemporaryFolder
    package var kubeconfig: String { folder.path + "/cp/admin.kubeconfig" }
    package let server: String

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    /// - Parameters:
    ///   - programs: `scheduler`, `controller-manager`.
    ///   - users: lines of a token file, beside the administrator's: `token,user,uid`.
    package init(_ programs: [String] = [], users: [String] = []) throws {
        folder = try TemporaryFolder()
        try folder.write(
            (["admin-token,admin,1,\"system:masters\""] + users).joined(separator: "\n") + "\n", to: "cp/tokens.csv")
        let (status, output) = try Child.run([Self.script, "start", folder.path + "/cp"] + programs)
        guard status == 0 else { throw Failure(description: output) }
        server =
            "https://127.0.0.1:"
            + (try String(contentsOfFile: folder.path + "/cp/api.port", encoding: .utf8)).trimmingCharacters(
                in: .whitespacesAndNewlines)
    }

    deinit { _ = try? Child.run([Self.script, "stop", folder.path + "/cp"]) }

    package func stop(_ program: String) throws {
        _ = try Child.run([Self.script, "stop-one", folder.path + "/cp", program])
    }
    package func start(_ program: String) throws {
        _ = try Child.run([Self.script, "start-one", folder.path + "/cp", program])
    }

    package var serviceAccountKey: String { folder.path + "/cp/sa.key" }
    package var authority: String { folder.path + "/cp/certificates/apiserver.crt" }

    /// Requests of accounts in ke-system, one JSON object a line (audit.k8s.io/v1 `Event`).
    package var auditLog: String { folder.path + "/cp/audit.log" }

    /// A token of an account, as the kubelet gets one for a pod (authentication.k8s.io/v1 `TokenRequest`).
    package func token(
        _ account: String, namespace: String = "ke-system", audiences: [String] = [],
        pod: (name: String, uid: String)? = nil
    ) async throws -> String {
        var spec: [String: Any] = ["audiences": audiences, "expirationSeconds": 3600]
        if let pod {
            spec["boundObjectRef"] = ["apiVersion": "v1", "kind": "Pod", "name": pod.name, "uid": pod.uid]
        }
        let request = try JSONSerialization.data(withJSONObject: [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec,
        ])
        let answer = try await send(
            "POST", "/api/v1/namespaces/\(namespace)/serviceaccounts/\(account)/token",
            String(decoding: request, as: UTF8.self))
        let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any]
        guard let token = (object?["status"] as? [String: Any])?["token"] as? String else {
            throw Failure(description: "no token in \(answer)")
        }
        return token
    }

    /// A GET as the administrator, as a JSON object.
    package func object(_ path: String) async throws -> [String: Any] {
        let text = try await send("GET", path)
        return try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    }

    /// A kubeconfig for another token, in a namespace.
    package func kubeconfig(token: String, namespace: String = "default") throws -> String {
        try folder.write(
            """
            clusters: [{ name: testbed, cluster: { server: "\(server)", certificate-authority: "\(authority)" } }]
            users: [{ name: user, user: { token: "\(token)" } }]
            contexts: [{ name: testbed, context: { cluster: testbed, user: user, namespace: \(namespace) } }]
            current-context: testbed
            """, to: "kubeconfig-\(UUID().uuidString.prefix(6))")
    }

    private func request(_ method: String, _ path: String, _ body: [UInt8]?, _ type: String) -> HTTPRequest {
        var request = HTTPRequest(url: server + path)
        request.method = method
        request.body = body
        request.tls.certificateAuthority = authority
        request.headers = [("Authorization", "Bearer admin-token"), ("Content-Type", type)]
        return request
    }

    /// Asks as the administrator; a status that is no success is an error.
    @discardableResult
    package func send(_ method: String, _ path: String, _ body: String? = nil, type: String = "application/json")
        async throws -> String
    {
        let response = try await Self.http.send(request(method, path, body.map { Array($0.utf8) }, type))
        let text = String(decoding: response.body, as: UTF8.self)
        guard (200..<300).contains(response.status) else {
            throw Failure(description: "\(method) \(path): \(response.status) \(text.prefix(400))")
        }
        return text
    }

    private static let http = HTTPClient()

    /// Creates an object given as JSON text, and then writes its status, which a create leaves out.
    package func create(_ json: String, at path: String, name: String, hasStatus: Bool) async throws {
        // The server makes its own namespaces a moment after it says that it is ready.
        var failure: (any Error)?
        let isMade = await eventually(seconds: 10) {
            do {
                try await send("POST", path, json)
                return true
            } catch {
                failure = error
                return !"\(error)".contains("not found")
            }
        }
        if let failure, !isMade || !"\(failure)".contains("not found") { throw failure }
        guard hasStatus else { return }
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let status = try JSONSerialization.data(withJSONObject: ["status": object?["status"] ?? [:]])
        try await send(
            "PATCH", "\(path)/\(name)/status", String(decoding: status, as: UTF8.self),
            type: "application/merge-patch+json")
    }
}
