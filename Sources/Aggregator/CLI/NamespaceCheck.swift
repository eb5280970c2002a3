import Foundation
import KubernetesAPI
import Platform

/// Refuses a namespace that is not there: a report of it would look healthy.
enum NamespaceCheck {
    static let namesMax = 5000

    /// What may not be read is not refused.
    static func run(_ name: String, _ client: KubernetesClient) async throws {
        do throws(APIError) {
            _ = try await client.get("/api/v1/namespaces/\(name.urlEscaped)")
            return
        } catch {
            guard error.kind == .notFound else { return }
        }
        let names: [String]
        do {
            let answer = try await client.get("/api/v1/namespaces?limit=\(namesMax)")
            let root = try JSONDocument(answer.body).root
            names = root.list("items").compactMap { $0["metadata"]?["name"]?.string }
        } catch {
            // Only the list proves that a server knows namespaces at all.
            return
        }
        if names.isEmpty || names.count >= namesMax || names.contains(name) { return }
        let near = Suggestion.nearest(to: name, among: names).map { " Did you mean '\($0)'?" } ?? ""
        throw CommandFailure(message: "There is no namespace '\(name)' in the cluster.\(near)")
    }
}
