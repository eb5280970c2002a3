/// Which API versions the server serves, from `/apis` and, for the groups that are needed, their resource lists.
package struct Discovery: Sendable {
    private let client: KubernetesClient
    /// Group → versions that the server serves.
    package let groups: [String: Set<String>]
    /// Why `/apis` could not be read; then the best version is tried blindly.
    let problem: APIError?

    package init(_ client: KubernetesClient) async throws(APIError) {
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
    /// - Throws: `notFound` when the server serves none.
    package func place(of kind: ClusterKind) async throws(APIError) -> ClusterKind.Place {
        guard let best = kind.places.first else { throw APIError(.notFound, "\(kind.rawValue) is not a list") }
        if best.group.isEmpty || problem != nil { return best }
        let served = groups[best.group] ?? []
        for place in kind.places where served.contains(place.version) {
            // Only where the group's version is not conclusive: batch/v1 had Jobs long before CronJobs.
            if kind.places.count == 1 { return place }
            if try await serves(kind, place) { return place }
        }
        throw APIError(
            .notFound,
            "the server serves none of \(kind.places.map { "\($0.group)/\($0.version)" }.joined(separator: ", "))",
            request: "GET \(kind.path(best, namespace: nil))")
    }

    /// Where a kind is served that only a user's check names; any group where it says none.
    package struct Resource: Sendable {
        package var kind: GroupKind
        /// `/apis/cert-manager.io/v1`
        var root: String
        var plural: String
        var isNamespaced: Bool

        package func path(namespace: String?) -> String {
            guard isNamespaced, let namespace else { return "\(root)/\(plural)" }
            return "\(root)/namespaces/\(namespace.urlEscaped)/\(plural)"
        }
    }

    /// - Throws: `notFound` when the server serves none.
    package func resource(of kind: GroupKind) async throws(APIError) -> Resource {
        if let problem { throw problem }
        var roots: [(group: String, root: String)] = []
        if kind.group == nil || kind.group == "" { roots.append(("", "/api/v1")) }
        for (group, versions) in groups.sorted(by: { $0.key < $1.key }) where kind.group == nil || kind.group == group {
            for version in versions.sorted(by: Self.isBetter) { roots.append((group, "/apis/\(group)/\(version)")) }
        }
        // A group whose server is down affects no other group; it matters only if no other group serves the kind.
        var failure: APIError?
        for (group, root) in roots {
            let document: JSONDocument
            do throws(APIError) {
                let response = try await client.get(root)
                do throws(JSONError) { document = try JSONDocument(response.body) } catch {
                    throw APIError(.malformed, error.message, request: "GET \(root)")
                }
            } catch {
                failure = failure ?? error
                continue
            }
            for resource in document.root.list("resources") {
                guard resource["kind"]?.string == kind.kind, let name = resource["name"]?.string, !name.contains("/")
                else { continue }
                return Resource(
                    kind: GroupKind(group: group, kind: kind.kind), root: root, plural: name,
                    isNamespaced: resource["namespaced"]?.bool ?? false)
            }
        }
        throw failure ?? APIError(.notFound, "the server serves no \(kind)", request: "GET /apis")
    }

    /// `v2` before `v1` before `v1beta2` before `v1alpha1`
    /// (kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning, "Version
    /// priority").
    static func isBetter(_ a: String, _ b: String) -> Bool {
        func rank(_ version: String) -> (Int, Int, Int) {
            let parts = version.dropFirst().split(whereSeparator: { $0.isLetter }).map { Int($0) ?? 0 }
            let stage = version.contains("alpha") ? 0 : version.contains("beta") ? 1 : 2
            return (stage, parts.first ?? 0, parts.count > 1 ? parts[1] : 0)
        }
        return rank(a) > rank(b)
    }

    private func serves(_ kind: ClusterKind, _ place: ClusterKind.Place) async throws(APIError) -> Bool {
        let response = try await client.get("/apis/\(place.group)/\(place.version)")
        guard let document = try? JSONDocument(response.body) else { return place == kind.places.first }
        return document.root["resources"]?.elements.contains { $0["name"]?.string == kind.rawValue } ?? false
    }
}
