package import CheckModel
import Foundation
package import KubernetesAPI
import Platform
import Practice

/// Where overrides lie in a cluster: ConfigMap `ke-overrides` in namespace `ke-system`, key `overrides.yaml`.
package struct OverrideStore: Sendable {
    package static let name = "ke-overrides"
    static let key = "overrides.yaml"
    static let triesMax = 4

    package let client: KubernetesClient

    package struct Loaded: Sendable {
        package var overrides = OverrideSet()
        /// What is wrong with what is there, or why it could not be read; nil: nothing.
        package var problem: String?
        package var resourceVersion: String?
        /// The ConfigMap as it is, to be written back with one key changed.
        var document: [UInt8] = []

        package init(
            overrides: OverrideSet = OverrideSet(), problem: String? = nil, resourceVersion: String? = nil,
            document: [UInt8] = []
        ) {
            self.overrides = overrides
            self.problem = problem
            self.resourceVersion = resourceVersion
            self.document = document
        }
    }

    private var path: String { "/api/v1/namespaces/\(Names.namespace)/configmaps/\(Self.name)" }

    package init(client: KubernetesClient) {
        self.client = client
    }

    /// A ConfigMap that is not there is no problem; one that cannot be read or has mistakes is, and nothing is
    /// silenced.
    package func load() async -> Loaded {
        let response: APIResponse
        do throws(APIError) { response = try await client.get(path) } catch {
            return error.kind == .notFound ? Loaded() : Loaded(problem: "overrides: \(error.brief)")
        }
        guard let document = try? JSONDocument(response.body) else {
            return Loaded(problem: "overrides: the ConfigMap cannot be read")
        }
        var loaded = Loaded(
            resourceVersion: document.root["metadata"]?["resourceVersion"]?.string, document: response.body)
        guard let text = document.root["data"]?.member(named: Self.key)?.string else { return loaded }
        do throws(DocumentProblem) {
            loaded.overrides = try OverrideSet(Array(text.utf8), file: "\(Names.namespace)/\(Self.name)")
        } catch {
            loaded.problem = error.description
        }
        return loaded
    }

    /// Adds entries; a change by somebody else in between is read again and kept.
    package func add(_ entries: [OverrideSet.Entry]) async throws(APIError) {
        try await change { $0 += entries }
    }

    /// Takes entries out.
    /// - Returns: how many.
    package func remove(where isGone: @Sendable (OverrideSet.Entry) -> Bool) async throws(APIError) -> Int {
        var count = 0
        try await change { entries in
            let before = entries.count
            entries.removeAll(where: isGone)
            count = before - entries.count
        }
        return count
    }

    private func change(_ body: (inout [OverrideSet.Entry]) -> Void) async throws(APIError) {
        for _ in 1...Self.triesMax {
            var loaded = await load()
            if let problem = loaded.problem { throw APIError(.malformed, problem) }
            let before = loaded.overrides.entries
            body(&loaded.overrides.entries)
            if loaded.overrides.entries == before { return }
            do throws(APIError) {
                try await write(loaded)
                return
            } catch {
                if error.kind != .conflict { throw error }
            }
        }
        throw APIError(.conflict, "the ConfigMap keeps changing; nothing was written", request: "PUT \(path)")
    }

    private func write(_ loaded: Loaded) async throws(APIError) {
        let data = [Self.key: loaded.overrides.yaml]
        if loaded.resourceVersion == nil {
            try await ensureNamespace()
            let object: [String: Any] = [
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": Self.name, "namespace": Names.namespace],
                "data": data,
            ]
            _ = try await client.send(
                "POST", "/api/v1/namespaces/\(Names.namespace)/configmaps", body: try JSONBody.encode(object))
            return
        }
        var metadata: [String: Any] = [:]
        metadata["resourceVersion"] = loaded.resourceVersion
        // A merge patch with the version that was read: other keys stay, and a change in between is a conflict.
        let patch: [String: Any] = ["metadata": metadata, "data": data]
        _ = try await client.send(
            "PATCH", path, body: try JSONBody.encode(patch), contentType: "application/merge-patch+json")
    }

    func ensureNamespace() async throws(APIError) {
        do throws(APIError) { _ = try await client.get("/api/v1/namespaces/\(Names.namespace)") } catch {
            guard error.kind == .notFound else { throw error }
            let object: [String: Any] = [
                "apiVersion": "v1", "kind": "Namespace", "metadata": ["name": Names.namespace],
            ]
            _ = try await client.send("POST", "/api/v1/namespaces", body: try JSONBody.encode(object))
        }
    }
}
