import Foundation
import Platform
import TestSupport
import Testing

@testable import Export
@testable import Install
@testable import KubernetesAPI
@testable import Practice
@testable import YAML

/// The Helm chart: its templates are made of `deploy/base` (`KE_RECORD=1` writes them anew), and rendered with the
/// defaults they are the same objects.
@Suite struct HelmChartTests {
    private static let chart = Repository.root.appending(path: "deploy/helm/kubeeye")

    /// Takes the lines below `key:` at this indentation, and the key's own, out; others in.
    private static func replace(_ key: String, _ indent: Int, in text: String, with new: String) -> String {
        let pad = String(repeating: " ", count: indent)
        var out: [Substring] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if isInside {
                let depth = line.prefix { $0 == " " }.count
                if line.isEmpty || depth > indent { continue }
                isInside = false
            }
            if line.hasPrefix(pad + key + ":") {
                out.append(Substring(new))
                isInside = true
            } else {
                out.append(line)
            }
        }
        return out.joined(separator: "\n")
    }

    private static func workload(_ text: String, _ part: String) -> String {
        var text = text
        let values = ".Values.\(part)"
        text = text.replacing(
            "image: docker.io/kubeeye/kubeeye:0.1.0", with: "image: {{ include \"kubeeye.image\" . | quote }}")
        text = text.replacing("imagePullPolicy: IfNotPresent", with: "imagePullPolicy: {{ .Values.image.pullPolicy }}")
        text = replace(
            "resources", 10, in: text, with: "          resources: {{- toYaml \(values).resources | nindent 12 }}")
        for key in ["nodeSelector", "affinity"] {
            text = replace(key, 6, in: text, with: "      \(key): {{- toYaml \(values).\(key) | nindent 8 }}")
        }
        let tolerations = "      tolerations: {{- toYaml \(values).tolerations | nindent 8 }}"
        text =
            text.contains("\n      tolerations:\n")
            ? replace("tolerations", 6, in: text, with: tolerations)
            : text.replacing(
                "\n      nodeSelector:",
                with:
                    "\n      {{- with \(values).tolerations }}\n      tolerations: {{- toYaml . | nindent 8 }}\n      {{- end }}\n      nodeSelector:"
            )
        text = replace(
            "priorityClassName", 6, in: text, with: "      priorityClassName: {{ \(values).priorityClassName | quote }}"
        )
        text = text.replacing(
            "\n      containers:\n",
            with:
                "\n      {{- with .Values.imagePullSecrets }}\n      imagePullSecrets: {{- toYaml . | nindent 8 }}\n      {{- end }}\n      containers:\n"
        )
        text = text.replacing(
            "mountPropagation: HostToContainer", with: "mountPropagation: {{ \(values).mountPropagation }}")
        let mounts =
            "            {{- with \(values).extraVolumeMounts }}\n            {{- toYaml . | nindent 12 }}\n            {{- end }}\n"
        let volumes =
            "        {{- with \(values).extraVolumes }}\n        {{- toYaml . | nindent 8 }}\n        {{- end }}\n"
        text = text.replacing("\n      volumes:\n", with: "\n\(mounts)      volumes:\n\(volumes)")
        return text
    }

    /// The documents of a file, each with the comment before it.
    private static func documents(_ text: String) -> [String] { text.components(separatedBy: "---\n") }

    /// Template files by name.
    static func templates() throws -> [String: String] {
        var made: [String: String] = [:]
        for (name, bytes) in try Manifests.files() where name != "rbac.yaml" {
            let text = String(decoding: bytes, as: UTF8.self)
            made[name] = documents(text).map { document in
                let isAgent = document.contains("name: ke-agent")
                var out = document
                if out.contains("kind: DaemonSet") { out = workload(out, "agent") }
                if out.contains("kind: Deployment") {
                    out = workload(out, "aggregator")
                    out = out.replacing(
                        "          emptyDir:\n            sizeLimit: 2Gi\n",
                        with: """
                                      {{- if .Values.aggregator.storage.enabled }}
                                      persistentVolumeClaim: { claimName: ke-aggregator }
                                      {{- else }}
                                      emptyDir: { sizeLimit: 2Gi }
                                      {{- end }}

                            """.replacing("                          ", with: "        "))
                }
                if out.contains("name: ke-agent-config") {
                    out = replace(
                        "data", 0, in: out, with: "data:\n  agent.yaml: {{ toYaml .Values.agent.config | quote }}\n")
                }
                if out.contains("name: ke-aggregator-config\n  namespace") {
                    out = replace(
                        "data", 0, in: out,
                        with: "data:\n  config.yaml: {{ toYaml .Values.aggregator.config | quote }}\n")
                }
                return isAgent ? "{{- if .Values.agent.enabled }}\n\(out)\n{{- end }}\n" : out
            }.joined(separator: "---\n")
        }
        var access = AccessRules.defaults
        access.exporters = Set(ExporterList.ids)
        var rights = access.yaml
        for entry in ExporterList.all where !entry.isDefault {
            for block in entry.rights.map(AccessRules.text) {
                rights = rights.replacing(
                    block,
                    with: "  {{- if (.Values.aggregator.config.exporters).\(entry.id) }}\n\(block)  {{- end }}\n")
            }
        }
        made["rbac.yaml"] = rights
        made["storage.yaml"] = """
            {{- if .Values.aggregator.storage.enabled }}
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata:
              name: ke-aggregator
              namespace: ke-system
              labels:
                app.kubernetes.io/part-of: kubeeye
            spec:
              accessModes: [ReadWriteOnce]
              resources: { requests: { storage: {{ .Values.aggregator.storage.size | quote }} } }
              {{- with .Values.aggregator.storage.className }}
              storageClassName: {{ . | quote }}
              {{- end }}
            {{- end }}
            {{- range .Values.extraObjects }}
            ---
            {{ toYaml . }}
            {{- end }}

            """
        return made
    }

    @Test func templatesAreMadeOfTheBase() throws {
        let folder = Self.chart.appending(path: "templates")
        let made = try Self.templates()
        if ProcessInfo.processInfo.environment["KE_RECORD"] == "1" {
            for (name, text) in made {
                try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
            }
            Issue.record("recorded anew")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        #expect(names.sorted() == made.keys.sorted())
        for (name, text) in made {
            let kept = (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
            #expect(kept == text, "\(name) is not what deploy/base makes; KE_RECORD=1 writes it")
        }
    }

    /// nil: Go, sprig or Kubernetes' YAML library is not there.
    private static let go: String? = ["/usr/bin/go", "/usr/local/go/bin/go"].first {
        FileManager.default.isExecutableFile(atPath: $0)
            && ["github.com/Masterminds/sprig", "sigs.k8s.io/yaml"].allSatisfy {
                FileManager.default.fileExists(atPath: "/usr/share/gocode/src/\($0)")
            }
    }

    private func values() throws -> Node {
        try #require(try YAMLReader.read([UInt8](Data(contentsOf: Self.chart.appending(path: "values.yaml")))))
    }

    private func render(_ values: Node, _ folder: TemporaryFolder) throws -> [Manifests.Object] {
        let go = try #require(Self.go)
        let source = Repository.root.appending(path: "Tests/Fixtures/helm/render.go.txt")
        let program = try folder.write(try String(contentsOf: source, encoding: .utf8), to: "render.go")
        let json = try folder.write(values.jsonText, to: "values.json")
        let templates = Self.chart.path + "/templates"
        let files = try FileManager.default.contentsOfDirectory(atPath: templates).sorted().map { templates + "/" + $0 }
        let (status, output) = try Child.run(
            [
                "/usr/bin/env", "GO111MODULE=off", "GOPATH=/usr/share/gocode", "GOFLAGS=", "HOME=\(folder.path)", go,
                "run", program, json,
            ] + files)
        #expect(status == 0, "\(output)")
        return try YAMLReader.readAll(Array(output.utf8)).filter { $0.pairs != nil }.map { Manifests.Object(node: $0) }
    }

    @Test(.enabled(if: HelmChartTests.go != nil)) func renderedWithTheDefaultsItIsTheSame() throws {
        let folder = try TemporaryFolder()
        let rendered = try render(try values(), folder)
        let base = try Manifests(.init()).objects
        #expect(rendered.map(\.title).sorted() == base.map(\.title).sorted())
        for object in base {
            guard let other = rendered.first(where: { $0.title == object.title }) else { continue }
            if object.name.hasSuffix("-config") {
                // A map's text is YAML on one side and JSON on the other.
                for pair in object.node["data"]?.pairs ?? [] {
                    let text = other.node["data"]?[pair.key]?.string ?? ""
                    let theirs = try YAMLReader.read(Array(text.utf8))?.canonical
                    #expect(
                        try YAMLReader.read(Array((pair.value.string ?? "").utf8))?.canonical == theirs,
                        "\(object.title)")
                }
            } else {
                #expect(other.node.canonical == object.node.canonical, "\(object.title)")
            }
        }
    }

    @Test(.enabled(if: HelmChartTests.go != nil)) func valuesReachTheirPlaces() throws {
        let folder = try TemporaryFolder()
        func yaml(_ text: String) throws -> Node { try #require(try YAMLReader.read(Array(text.utf8))) }
        let volumes = try yaml(
            "[{ name: extra, emptyDir: { medium: Memory, sizeLimit: 1Mi } }, { name: more, emptyDir: {} }]")
        let mounts = try yaml("[{ name: extra, mountPath: /extra, readOnly: true }, { name: more, mountPath: /more }]")
        let changed = try values()
            .setting(["image", "digest"], to: .text("sha256:" + String(repeating: "b", count: 64)))
            .setting(["imagePullSecrets"], to: .list([.map(["name": .text("pull")])]))
            .setting(["agent", "extraVolumes"], to: volumes)
            .setting(["agent", "extraVolumeMounts"], to: mounts)
            .setting(["aggregator", "extraVolumes"], to: volumes)
            .setting(["aggregator", "extraVolumeMounts"], to: mounts)
            .setting(["agent", "mountPropagation"], to: .text("None"))
            .setting(["aggregator", "storage", "enabled"], to: Node(.bool(true), mark: Mark(line: 0, column: 0)))
            .setting(
                ["aggregator", "config", "exporters", "nodeConditions"],
                to: Node(.bool(true), mark: Mark(line: 0, column: 0))
            )
            .setting(
                ["extraObjects"],
                to: .list([
                    .map([
                        "apiVersion": .text("v1"), "kind": .text("ConfigMap"),
                        "metadata": .map(["name": .text("mine"), "namespace": .text("ke-system")]),
                    ])
                ]))
        let objects = try render(changed, folder)
        let text = objects.map(\.node.canonical).joined(separator: "\n")
        #expect(text.contains("docker.io/kubeeye/kubeeye@sha256:bbbb"))
        #expect(objects.contains { $0.title == "ConfigMap ke-system/mine" })
        #expect(objects.contains { $0.kind == "PersistentVolumeClaim" })
        #expect(text.contains("nodes/status"))
        for kind in ["DaemonSet", "Deployment"] {
            let pod = objects.first { $0.kind == kind }?.node["spec"]?["template"]?["spec"]
            let found = pod?["volumes"]?.items ?? []
            for volume in volumes.items ?? [] {
                #expect(found.contains { $0.canonical == volume.canonical }, "\(kind)")
            }
            let mounted = pod?["containers"]?.items?.first?["volumeMounts"]?.items ?? []
            for mount in mounts.items ?? [] { #expect(mounted.contains { $0.canonical == mount.canonical }, "\(kind)") }
        }
        #expect(text.contains("\"mountPropagation\":\"None\""))
        let pod = objects.first { $0.kind == "DaemonSet" }?.node["spec"]?["template"]?["spec"]
        #expect(pod?["imagePullSecrets"]?.items?.count == 1)
        let off = try render(
            try values().setting(["agent", "enabled"], to: Node(.bool(false), mark: Mark(line: 0, column: 0))), folder)
        #expect(!off.contains { $0.name.hasPrefix("ke-agent") })
    }

    /// With the product's own validator.
    @Test func valuesHoldTheirSchema() throws {
        let text = try Data(contentsOf: Self.chart.appending(path: "values.schema.json"))
        let schema = try SchemaCompiler.compile(try #require(try YAMLReader.read([UInt8](text))), draft: .draft7)
        func isValid(_ values: Node) throws -> Bool {
            let document = try JSONDocument(values.jsonText.utf8)
            return document.withView { view in
                var validator = SchemaValidator()
                return validator.isValid(schema, view)
            }
        }
        #expect(try isValid(try values()))
        for (path, value) in [
            (["image", "digest"], "sha1:1"), (["image", "pullPolicy"], "Sometimes"), (["agent", "enabled"], "yes"),
            (["agent", "resources", "limits", "memory"], "lots"), (["agents"], "x"),
        ] {
            #expect(try !isValid(try values().setting(path, to: .text(value))), "\(path)")
        }
    }
}

extension Node {
    /// The same text for the same value, whatever the order of members and the kind of a number.
    var canonical: String {
        switch value {
        case .mapping(let pairs):
            "{" + pairs.map { "\"\($0.key)\":\($0.value.canonical)" }.sorted().joined(separator: ",") + "}"
        case .sequence(let items): "[" + items.map(\.canonical).joined(separator: ",") + "]"
        case .string(let text): "\"\(text)\""
        case .integer(let number): "\"\(number)\""
        default: jsonText
        }
    }
}
