import Shared

/// Which API versions the server serves, from `/apis` and, for the groups that are needed, their resource lists.
struct Discovery: Sendable {
    private let client: KubernetesClient
    /// Group → versions that the server serves.
    private let groups: [String: Set<String>]
    /// Why `/apis` could not be read; then the best version is tried blindly.
    let problem: APIError?

    init(_ client: KubernetesClient) async throws(APIError) {
        self.client = client
        do throws(APIError) {
            let response = try await client.get("/apis")
            let document: JSONDocument
            do throws(JSONError) { document = try JSONDocument(response.body) } catch {
                throw APIError(error.kind == .malformed ? .malformed : .truncated, "\(error)", request: "GET /apis")
            }
            var groups: [String: Set<String>] = [:]
            for group in document.root.list("groups") {
                let versions = group["versions"]?.elements.compactMap { $0["version"]?.string } ?? []
                groups[group["name"]?.string ?? ""] = Set(versions)
            }
            self.groups = groups
            problem = nil
        } catch {
            if error.isFatalToReport { throw error }
            groups = [:]
            problem = error
        }
    }

    /// The best place of a kind that the server serves.
    /// - Throws: `notFound` when it serves none.
    func place(of kind: ClusterKind) async throws(APIError) -> ClusterKind.Place {
        guard let best = kind.places.first else { throw APIError(.notFound, "\(kind.rawValue) is no list") }
        if best.group.isEmpty || problem != nil { return best }
        let served = groups[best.group] ?? []
        for place in kind.places where served.contains(place.version) {
            // Only where the group's version does not tell: batch/v1 had Jobs long before CronJobs.
            if kind.places.count == 1 { return place }
            if try await serves(kind, place) { return place }
        }
        throw APIError(
            .notFound,
            "the server serves none of \(kind.places.map { "\($0.group)/\($0.version)" }.joined(separator: ", "))",
            request: "GET \(kind.path(best, namespace: nil))")
    }

    private func serves(_ kind: ClusterKind, _ place: ClusterKind.Place) async throws(APIError) -> Bool {
        let response = try await client.get("/apis/\(place.group)/\(place.version)")
        guard let document = try? JSONDocument(response.body) else { return place == kind.places.first }
        return document.root["resources"]?.elements.contains { $0["name"]?.string == kind.rawValue } ?? false
    }
}
