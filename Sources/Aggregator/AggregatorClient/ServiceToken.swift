import Foundation
import KubernetesAPI
import Platform

/// A short-lived token of one of the aggregator's accounts (authentication.k8s.io/v1 `TokenRequest`).
enum ServiceToken {
    static let lifeSeconds = 600

    private struct Request: Encodable {
        struct Spec: Encodable {
            var audiences = [Names.audience]
            var expirationSeconds = lifeSeconds
        }

        var apiVersion = "authentication.k8s.io/v1"
        var kind = "TokenRequest"
        var spec = Spec()
    }

    static func request(_ client: KubernetesClient, account: String) async throws(APIError) -> String {
        let path = "/api/v1/namespaces/\(Names.namespace)/serviceaccounts/\(account)/token"
        let answer = try await client.send("POST", path, body: try JSONBody.encode(Request()))
        guard let token = (try? JSONDocument(answer.body))?.root["status"]?["token"]?.string else {
            throw APIError(.malformed, "the answer to the token request holds no token", request: "POST \(path)")
        }
        return token
    }
}
