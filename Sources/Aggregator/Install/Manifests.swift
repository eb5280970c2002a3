import Evaluation
import Export
import Foundation
import Platform
import YAML

/// The objects of `deploy/base`, with the settings of one installation.
package struct Manifests {
    package static let registry = "docker.io"
    static let repository = "kubeeye/kubeeye"

    package struct Settings: Equatable {
        package var registry = Manifests.registry
        package var tag = Version.text
        /// `sha256:…`; takes precedence over the tag.
        package var digest: String?
        package var pullSecret: String?
        package var hasAgent = true
        /// Ids of the exporters that run, with their rights.
        package var exporters = ExporterList.defaults
        /// nil: no volume, findings live as long as the pod. Empty: the cluster's default class.
        package var storageClass: String?
        package var storageSize = "5Gi"
        /// `agent.limits.memory` and so on, in order.
        package var values: [Value] = []

        package var image: String {
            "\(registry)/\(Manifests.repository)" + (digest.map { "@\($0)" } ?? ":\(tag)")
        }

        package init(
            registry: String = Manifests.registry, tag: String = Version.text, digest: String? = nil,
            pullSecret: String? = nil, hasAgent: Bool = true, exporters: Set<String> = ExporterList.defaults,
            storageClass: String? = nil, storageSize: String = "5Gi", values: [Value] = []
        ) {
            self.registry = registry
            self.tag = tag
            self.digest = digest
            self.pullSecret = pullSecret
            self.hasAgent = hasAgent
            self.exporters = exporters
            self.storageClass = storageClass
            self.storageSize = storageSize
            self.values = values
        }

        /// One `--set KEY=VALUE`.
        package struct Value: Equatable {
            package var key: String
            package var value: String

            package init(key: String, value: String) {
                self.key = key
                self.value = value
            }
        }
    }

    package struct Object {
        var node: Node

        var kind: String { node["kind"]?.string ?? "" }
        var apiVersion: String { node["apiVersion"]?.string ?? "" }
        var name: String { node["metadata"]?["name"]?.string ?? "" }
        var namespace: String? { node["metadata"]?["namespace"]?.string }
        /// `ConfigMap ke-system/ke-rules`.
        var title: String { "\(kind) \(namespace.map { "\($0)/" } ?? "")\(name)" }

        /// Its path at the API server.
        var path: String {
            let parts = apiVersion.split(separator: "/")
            let root = parts.count == 1 ? "/api/\(apiVersion)" : "/apis/\(apiVersion)"
            let place = namespace.map { "/namespaces/\($0)" } ?? ""
            return "\(root)\(place)/\(Self.plural(kind))/\(name)"
        }

        private static func plural(_ kind: String) -> String {
            let word = kind.lowercased()
            return word.hasSuffix("y") ? word.dropLast() + "ies" : word.hasSuffix("ss") ? word + "es" : word + "s"
        }
    }

    package var objects: [Object]

    /// - Throws: `CommandFailure` for a key that is not valid.
    package init(_ settings: Settings) throws {
        objects = []
        for (name, bytes) in try Self.files() {
            let text = name == "rbac.yaml" ? Array(Self.access(settings).yaml.utf8) : bytes
            do { objects += try YAMLReader.readAll(text).filter { $0.pairs != nil }.map { Object(node: $0) } } catch {
                throw CommandFailure(message: "\(name) of this program cannot be read: \(error)")
            }
        }
        if !settings.hasAgent { objects.removeAll { $0.name == Names.agent || $0.name == Names.agentConfiguration } }
        try change("Deployment") { try Self.pod($0, settings) }
        if settings.hasAgent { try change("DaemonSet") { try Self.pod($0, settings) } }
        try addStorage(settings)
        try change("ConfigMap", Names.aggregatorConfiguration) { map in
            let others = settings.exporters.sorted().map { "\($0): true" }
            let text = "exporters: { \(others.joined(separator: ", ")) }\n"
            return try map.setting(["data", "config.yaml"], to: .text(text))
        }
        for setting in settings.values { try set(setting.key, setting.value) }
    }

    static func access(_ settings: Settings) -> AccessRules {
        AccessRules(kinds: EvaluationSettings().kinds, exporters: settings.exporters)
    }

    /// The files of `deploy/base`, in the order in which its kustomization.yaml lists them and they are applied.
    /// - Throws: `CommandFailure` when the list cannot be read or names a file that is not there: without it nothing,
    ///   or not everything, would be installed.
    static func files() throws -> [(name: String, bytes: [UInt8])] {
        let all = Embedded.files(under: "deploy/base/")
        let list: Node?
        do {
            list = try all.first { $0.name == "kustomization.yaml" }.flatMap { try YAMLReader.read($0.bytes) }
        } catch {
            throw CommandFailure(message: "kustomization.yaml of this program cannot be read: \(error)")
        }
        return try (list?["resources"]?.items ?? []).map { item in
            guard let name = item.string, let file = all.first(where: { $0.name == name }) else {
                throw CommandFailure(message: "kustomization.yaml of this program names a file that is not built in")
            }
            return file
        }
    }

    package var yaml: String { objects.map { "---\n" + (YAMLWriter.write($0.node) ?? "") }.joined() }

    // MARK: Settings

    private mutating func change(_ kind: String, _ name: String? = nil, _ body: (Node) throws -> Node) throws {
        for index in objects.indices where objects[index].kind == kind && (name == nil || objects[index].name == name) {
            objects[index].node = try body(objects[index].node)
        }
    }

    private static let podSpec = ["spec", "template", "spec"]

    private static func pod(_ object: Node, _ settings: Settings) throws -> Node {
        var object = try object.setting(podSpec + ["containers", "0", "image"], to: .text(settings.image))
        if let secret = settings.pullSecret {
            object = try object.setting(podSpec + ["imagePullSecrets"], to: .list([.map(["name": .text(secret)])]))
        }
        return object
    }

    private mutating func addStorage(_ settings: Settings) throws {
        guard let storage = settings.storageClass else { return }
        var spec: [(String, Node)] = [
            ("accessModes", .list([.text("ReadWriteOnce")])),
            ("resources", .map(["requests": .map(["storage": .text(settings.storageSize)])])),
        ]
        if !storage.isEmpty { spec.append(("storageClassName", .text(storage))) }
        let claim = Node.map([
            ("apiVersion", .text("v1")), ("kind", .text("PersistentVolumeClaim")),
            (
                "metadata",
                .map([
                    ("name", .text(Names.aggregator)), ("namespace", .text(Names.namespace)),
                    ("labels", .map(["app.kubernetes.io/part-of": .text("kubeeye")])),
                ])
            ),
            ("spec", .map(spec)),
        ])
        let place = objects.firstIndex { $0.kind == "Deployment" } ?? objects.endIndex
        objects.insert(Object(node: claim), at: place)
        try change("Deployment") { object in
            try object.setting(
                Self.podSpec + ["volumes", "0"],
                to: .map([
                    ("name", .text("state")),
                    ("persistentVolumeClaim", .map(["claimName": .text(Names.aggregator)])),
                ]))
        }
    }

    package static let valueKeys =
        ["agent", "aggregator"].flatMap { part in
            ["requests.cpu", "requests.memory", "limits.cpu", "limits.memory"].map { "\(part).\($0)" }
        } + [mountPropagationKey, "agent.config.FIELD"]
    static let mountPropagationKey = "agent.mountPropagation"
    /// As the kubelet names them; with the second one file systems that are mounted later are not seen.
    private static let mountPropagations = ["HostToContainer", "None"]

    private mutating func set(_ key: String, _ value: String) throws {
        let parts = key.split(separator: ".").map(String.init)
        if parts.count == 3, parts[0] == "agent", parts[1] == "config" {
            return try change("ConfigMap", Names.agentConfiguration) { map in
                let text = map["data"]?["agent.yaml"]?.string ?? ""
                let kept = text.split(separator: "\n").filter { !$0.hasPrefix("\(parts[2]):") }
                return try map.setting(
                    ["data", "agent.yaml"], to: .text((kept + ["\(parts[2]): \(value)"]).joined(separator: "\n") + "\n")
                )
            }
        }
        if key == Self.mountPropagationKey { return try setMountPropagation(value) }
        guard Self.valueKeys.contains(key), !value.isEmpty else {
            let near = Suggestion.nearest(to: key, among: Self.valueKeys).map { " Did you mean \($0)?" } ?? ""
            throw CommandFailure(
                message:
                    "--set: '\(key)' is not a valid key.\(near) Valid are \(Self.valueKeys.joined(separator: ", ")).")
        }
        try change(parts[0] == "agent" ? "DaemonSet" : "Deployment") {
            try $0.setting(Self.podSpec + ["containers", "0", "resources", parts[1], parts[2]], to: .text(value))
        }
    }

    private mutating func setMountPropagation(_ value: String) throws {
        guard Self.mountPropagations.contains(value) else {
            throw CommandFailure(
                message:
                    "--set: \(Self.mountPropagationKey) must be \(Self.mountPropagations.joined(separator: " or ")); '\(value)' is not valid."
            )
        }
        let container = Self.podSpec + ["containers", "0"]
        try change("DaemonSet") { object in
            let mounts = object["spec"]?["template"]?["spec"]?["containers"]?.items?.first?["volumeMounts"]?.items ?? []
            var object = object
            for (place, mount) in mounts.enumerated() where mount["mountPropagation"] != nil {
                object = try object.setting(
                    container + ["volumeMounts", String(place), "mountPropagation"], to: .text(value))
            }
            return object
        }
    }
}

extension Node {
    static func text(_ text: String) -> Node { Node(.string(text), mark: Mark(line: 0, column: 0)) }
    static func list(_ items: [Node]) -> Node { Node(.sequence(items), mark: Mark(line: 0, column: 0)) }
    static func map(_ pairs: KeyValuePairs<String, Node>) -> Node { map(pairs.map { ($0.key, $0.value) }) }
    static func map(_ pairs: [(String, Node)]) -> Node {
        let none = Mark(line: 0, column: 0)
        return Node(.mapping(pairs.map { .init(key: $0.0, keyMark: none, value: $0.1) }), mark: none)
    }

    /// A copy with one value set; members that are not there are added, items must be there.
    func setting(_ path: [String], to new: Node) throws -> Node {
        guard let key = path.first else { return new }
        let rest = Array(path.dropFirst())
        if let items, let index = Int(key) {
            guard items.indices.contains(index) else { throw CommandFailure(message: "There is no item \(key).") }
            var items = items
            items[index] = try items[index].setting(rest, to: new)
            return Node(.sequence(items), mark: mark)
        }
        var pairs = pairs ?? []
        let inner = try (self[key] ?? .map([] as [(String, Node)])).setting(rest, to: new)
        let pair = Pair(key: key, keyMark: mark, value: inner)
        if let index = pairs.firstIndex(where: { $0.key == key }) { pairs[index] = pair } else { pairs.append(pair) }
        return Node(.mapping(pairs), mark: mark)
    }

    /// For `JSONSerialization`.
    var jsonObject: Any {
        switch value {
        case .null: NSNull()
        case .bool(let flag): flag
        case .integer(let number): number
        case .double(let number): number
        case .string(let text): text
        case .sequence(let items): items.map(\.jsonObject)
        case .mapping(let pairs): Dictionary(pairs.map { ($0.key, $0.value.jsonObject) }) { $1 }
        }
    }
}
