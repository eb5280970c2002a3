import Foundation
package import KubernetesAPI
package import Platform

/// The users' rule files in a cluster: ConfigMap `ke-rules`, which every agent mounts, with its earlier versions in
/// `ke-rules-history`.
package struct RuleStore: Sendable {
    package static let name = "ke-rules"
    package static let history = "ke-rules-history"
    static let revisionsMax = 20
    /// A ConfigMap holds at most 1 MiB.
    static let bytesMax = 900 << 10

    package let client: KubernetesClient
    package let clock: any WallClock

    package init(client: KubernetesClient, clock: any WallClock) {
        self.client = client
        self.clock = clock
    }

    package struct Live: Sendable {
        package var data: [String: String] = [:]
        package var resourceVersion: String?
        /// What owns the map, so that a change here would be undone: "the Argo CD application shop".
        package var owner: String?
    }

    /// One earlier version.
    package struct Revision: Codable, Sendable {
        package var number: Int
        package var at: String
        package var by: String
        package var what: String
        package var data: [String: String]
    }

    private static func path(_ name: String, _ namespace: String = Names.namespace) -> String {
        "/api/v1/namespaces/\(namespace)/configmaps/\(name)"
    }

    /// One that is not there is empty.
    package func live() async throws(APIError) -> Live { try await map(Self.path(Self.name)) ?? Live() }

    /// Any ConfigMap; nil: it is not there.
    package func map(_ path: String) async throws(APIError) -> Live? {
        let response: APIResponse
        do throws(APIError) { response = try await client.get(path) } catch {
            if error.kind == .notFound { return nil }
            throw error
        }
        guard
            let object = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any],
            let metadata = object["metadata"] as? [String: Any]
        else { throw APIError(.malformed, "the ConfigMap cannot be read", request: "GET \(path)") }
        return Live(
            data: object["data"] as? [String: String] ?? [:], resourceVersion: metadata["resourceVersion"] as? String,
            owner: Ownership.owner(metadata))
    }

    /// Writes all files; the version before goes into the history first.
    /// - Throws: `.conflict` when somebody changed the map since `live` was read.
    package func write(_ data: [String: String], over live: Live, by: String, what: String) async throws(APIError) {
        let size = data.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= Self.bytesMax else {
            throw APIError(.malformed, "the files have \(size) bytes together; a ConfigMap takes \(Self.bytesMax)")
        }
        if live.resourceVersion != nil { try await remember(live, by: by, what: what) }
        try await put(Self.name, data, resourceVersion: live.resourceVersion)
    }

    private func put(_ name: String, _ data: [String: String], resourceVersion: String?) async throws(APIError) {
        var metadata: [String: Any] = ["name": name, "namespace": Names.namespace]
        guard let resourceVersion else {
            try await OverrideStore(client: client).ensureNamespace()
            let object: [String: Any] = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data]
            _ = try await client.send(
                "POST", "/api/v1/namespaces/\(Names.namespace)/configmaps", body: try JSONBody.encode(object))
            return
        }
        metadata["resourceVersion"] = resourceVersion
        // A merge patch: keys that are gone are null, labels and owners stay; a change in between is a conflict.
        let old = try await map(Self.path(name))?.data ?? [:]
        var patch: [String: Any] = data
        for key in old.keys where data[key] == nil { patch[key] = NSNull() }
        let body: [String: Any] = ["metadata": ["resourceVersion": resourceVersion], "data": patch]
        _ = try await client.send(
            "PATCH", Self.path(name), body: try JSONBody.encode(body),
            contentType: "application/merge-patch+json")
    }

    // MARK: History

    /// Newest first.
    package func revisions() async throws(APIError) -> [Revision] {
        let kept = try await map(Self.path(Self.history))?.data ?? [:]
        var revisions: [Revision] = []
        for (key, text) in kept {
            do { revisions.append(try JSONDecoder().decode(Revision.self, from: Data(text.utf8))) } catch {
                throw APIError(
                    .malformed, "\(key) of ConfigMap \(Self.history) is not a valid revision; fix or remove this key")
            }
        }
        return revisions.sorted { $0.number > $1.number }
    }

    private func remember(_ live: Live, by: String, what: String) async throws(APIError) {
        let kept = try await map(Self.path(Self.history))
        var revisions = try await revisions()
        let number = (revisions.first?.number ?? 0) + 1
        revisions.insert(
            Revision(number: number, at: clock.now().utcRFC3339, by: by, what: what, data: live.data), at: 0)
        var data: [String: String] = [:]
        var size = 0
        for revision in revisions.prefix(Self.revisionsMax) {
            let text = try JSONBody.encode(revision)
            size += text.count
            if size > Self.bytesMax { break }
            data["revision-\(revision.number).json"] = String(decoding: text, as: UTF8.self)
        }
        try await put(Self.history, data, resourceVersion: kept?.resourceVersion)
    }
}

/// Who else keeps an object in its state, so that a change by hand is undone.
enum Ownership {
    /// In words, from the marks that Argo CD, Flux and Helm leave; nil: nobody.
    static func owner(_ metadata: [String: Any]) -> String? {
        let labels = metadata["labels"] as? [String: String] ?? [:]
        let annotations = metadata["annotations"] as? [String: String] ?? [:]
        if let id = annotations["argocd.argoproj.io/tracking-id"] {
            return "the Argo CD application \(id.prefix { $0 != ":" })"
        }
        if let name = labels["argocd.argoproj.io/instance"] { return "the Argo CD application \(name)" }
        if let name = labels["kustomize.toolkit.fluxcd.io/name"] {
            return "the Flux Kustomization \(labels["kustomize.toolkit.fluxcd.io/namespace"] ?? "?")/\(name)"
        }
        if let name = labels["helm.toolkit.fluxcd.io/name"] {
            return "the Flux HelmRelease \(labels["helm.toolkit.fluxcd.io/namespace"] ?? "?")/\(name)"
        }
        if let name = annotations["meta.helm.sh/release-name"] { return "the Helm release \(name)" }
        if labels["app.kubernetes.io/managed-by"] == "Helm" { return "a Helm release" }
        let managers = (metadata["managedFields"] as? [[String: Any]] ?? []).compactMap { $0["manager"] as? String }
        let known = [
            "argocd-controller": "Argo CD", "argocd-application-controller": "Argo CD",
            "kustomize-controller": "Flux", "helm-controller": "Flux", "helm": "Helm",
        ]
        return managers.lazy.compactMap { known[$0] }.first
    }
}

/// Two versions of a set of files, as `diff -u` would show them.
package enum FileDiff {
    static let linesMax = 400

    package static func text(_ old: [String: String], _ new: [String: String]) -> String {
        var out: [String] = []
        for name in Set(old.keys).union(new.keys).sorted() where old[name] != new[name] {
            out += ["--- \(old[name] == nil ? "(none)" : name)", "+++ \(new[name] == nil ? "(none)" : name)"]
            let a = lines(old[name]), b = lines(new[name])
            let change = b.difference(from: a)
            var removed: Set<Int> = [], added: Set<Int> = []
            for step in change {
                switch step {
                case .remove(let offset, _, _): removed.insert(offset)
                case .insert(let offset, _, _): added.insert(offset)
                }
            }
            out += merged(a, b, removed, added)
        }
        if out.count > linesMax { out = out.prefix(linesMax) + ["… \(counted(out.count - linesMax, "more line"))"] }
        return out.map(TextSafety.printable).joined(separator: "\n")
    }

    private static func lines(_ text: String?) -> [String] {
        text.map { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) } ?? []
    }

    /// Changed lines with two lines around them.
    private static func merged(_ a: [String], _ b: [String], _ removed: Set<Int>, _ added: Set<Int>) -> [String] {
        var all: [(mark: Character, text: String)] = []
        var i = 0, j = 0
        while i < a.count || j < b.count {
            if i < a.count, removed.contains(i) {
                all.append(("-", a[i]))
                i += 1
            } else if j < b.count, added.contains(j) {
                all.append(("+", b[j]))
                j += 1
            } else {
                if i < a.count { all.append((" ", a[i])) }
                i += 1
                j += 1
            }
        }
        let changed = all.indices.filter { all[$0].mark != " " }
        var near: Set<Int> = []
        for index in changed { near.formUnion(max(0, index - 2)...min(all.count - 1, index + 2)) }
        var out: [String] = []
        var last = -1
        for index in near.sorted() {
            if index > last + 1, last >= 0 { out.append("  …") }
            out.append("\(all[index].mark)\(all[index].text)")
            last = index
        }
        return out
    }
}
