import Foundation
package import KubernetesAPI
package import Platform

/// Applies manifests as one field manager (server-side apply), waits for the roll-out, and removes them again.
package struct Installer {
    static let manager = "ke-install"
    /// Users edit these; their changes are kept.
    static let edited: Set<String> = [Names.agentConfiguration, Names.aggregatorConfiguration]

    package let client: KubernetesClient
    package let clock: any WallClock
    /// Agents are applied after this even so: they wait themselves.
    private static let aggregatorSecondsMax = 90.0
    /// Lines for people.
    let say: (String) -> Void

    package init(client: KubernetesClient, clock: any WallClock, say: @escaping (String) -> Void) {
        self.client = client
        self.clock = clock
        self.say = say
    }

    enum Outcome: String {
        case created, configured, unchanged
        /// Somebody else's change of it was kept.
        case kept
    }

    /// Budgets are `policy/v1` from 1.21 on, and `v1beta1` before.
    package func served(_ objects: [Manifests.Object]) async throws -> [Manifests.Object] {
        let discovery = try await Discovery(client)
        let versions = discovery.groups["policy"] ?? []
        return try objects.map { object in
            guard object.apiVersion == "policy/v1", !versions.contains("v1"), versions.contains("v1beta1") else {
                return object
            }
            return Manifests.Object(node: try object.node.setting(["apiVersion"], to: .text("policy/v1beta1")))
        }
    }

    /// - Returns: the outcome for people.
    func apply(_ object: Manifests.Object, isDryRun: Bool) async throws -> Outcome {
        var before: [String: Any]?
        do throws(APIError) {
            before = try Self.object(try await client.get(object.path).body)
        } catch {
            guard error.kind == .notFound else { throw error }
        }
        let isForced = !Self.edited.contains(object.name)
        let query = "fieldManager=\(Self.manager)&force=\(isForced)\(isDryRun ? "&dryRun=All" : "")"
        guard
            let body = try? JSONSerialization.data(
                withJSONObject: object.node.jsonObject,
                // The server reads it as YAML, which knows no `\\/`.
                options: [.sortedKeys, .withoutEscapingSlashes])
        else {
            throw CommandFailure(message: "\(object.title) cannot be written as JSON.")
        }
        do throws(APIError) {
            let answer = try await client.send(
                "PATCH", "\(object.path)?\(query)", body: [UInt8](body), contentType: "application/apply-patch+yaml")
            guard let before else { return .created }
            // A dry run changes no version.
            let after = try Self.object(answer.body)
            let isSame = !isDryRun && Self.version(after) == Self.version(before)
            // A controller may have changed something else of it in between.
            return isSame || Self.holds(object.node.jsonObject, in: before) ? .unchanged : .configured
        } catch {
            if error.kind == .conflict, !isForced { return .kept }
            // A dry run makes no namespace for the others to be in.
            if isDryRun, error.kind == .notFound { return .created }
            throw error
        }
    }

    private static func object(_ body: [UInt8]) throws(APIError) -> [String: Any] {
        if let object = (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] { return object }
        throw APIError(.malformed, "the object cannot be read")
    }

    private static func version(_ object: [String: Any]) -> String? {
        (object["metadata"] as? [String: Any])?["resourceVersion"] as? String
    }

    /// Whether the object already has all wanted values.
    private static func holds(_ wanted: Any, in live: Any?) -> Bool {
        switch wanted {
        case let wanted as [String: Any]:
            let live = live as? [String: Any] ?? [:]
            return wanted.allSatisfy { holds($0.value, in: live[$0.key]) }
        case let wanted as [Any]:
            let live = live as? [Any] ?? []
            return wanted.count == live.count && zip(wanted, live).allSatisfy { holds($0, in: $1) }
        default: return live.map { "\($0)" == "\(wanted)" } ?? false
        }
    }

    /// - Parameter waitSeconds: how long the agents' DaemonSet waits until the aggregator is up, which makes the
    ///   authority that agents need.
    package func apply(_ objects: [Manifests.Object], isDryRun: Bool, waitSeconds: Double = 0) async throws {
        let isLast: (Manifests.Object) -> Bool = { !isDryRun && waitSeconds > 0 && $0.kind == "DaemonSet" }
        for object in objects.filter({ !isLast($0) }) { try await applyAndSay(object, isDryRun: isDryRun) }
        let last = objects.filter(isLast)
        if !last.isEmpty { try await waitForAggregator(seconds: min(waitSeconds, Self.aggregatorSecondsMax)) }
        for object in last { try await applyAndSay(object, isDryRun: isDryRun) }
    }

    private func applyAndSay(_ object: Manifests.Object, isDryRun: Bool) async throws {
        let outcome: Outcome
        do { outcome = try await apply(object, isDryRun: isDryRun) } catch let error as APIError {
            throw CommandFailure(message: "\(object.title): \(error.errorDescription ?? error.description)")
        }
        let text =
            outcome == .kept ? "kept: somebody changed it after the installation" : outcome.rawValue
        say("\(object.title)  \(text)\(isDryRun ? " (dry run)" : "")")
    }

    // MARK: Removal

    /// Deletes all of it; objects that are already gone are not errors.
    package func remove(_ objects: [Manifests.Object]) async throws {
        // The namespace's objects are deleted with it; rights go last, so that nothing runs without them.
        let order = objects.filter { $0.kind != "Namespace" && $0.namespace != Names.namespace }
        for object in objects where ["DaemonSet", "Deployment", "Namespace"].contains(object.kind) {
            try await delete(object)
        }
        for object in order { try await delete(object) }
    }

    private func delete(_ object: Manifests.Object) async throws {
        do throws(APIError) {
            _ = try await client.send(
                "DELETE", "\(object.path)?propagationPolicy=Background")
            say("\(object.title)  deleted")
        } catch {
            guard error.kind == .notFound else {
                throw CommandFailure(message: "\(object.title): \(error.errorDescription ?? error.description)")
            }
        }
    }

    /// - Returns: whether the namespace is gone.
    package func waitUntilGone(seconds: Double) async throws -> Bool {
        let end = clock.now() + seconds
        repeat {
            do throws(APIError) { _ = try await client.get("/api/v1/namespaces/\(Names.namespace)") } catch {
                if error.kind == .notFound { return true }
                throw error
            }
            try? await clock.sleep(seconds: 1)
        } while clock.now() < end
        return false
    }
}
