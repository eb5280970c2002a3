import Foundation
import TestSupport
import Testing

@testable import AggregatorMetrics
@testable import Evaluation
@testable import Export
@testable import Install
@testable import KubernetesAPI
@testable import Platform
@testable import Report
@testable import Wire
@testable import YAML

/// `deploy/base` as it is built in, with settings, and against the product's own checks. `KE_RECORD=1` writes
/// rbac.yaml anew.
@Suite struct ManifestsTests {
    private static let base = Repository.root.appending(path: "deploy/base")

    private func only(_ kind: String, in manifests: Manifests) throws -> Node {
        try #require(manifests.objects.first { $0.kind == kind }).node
    }

    private func pod(_ object: Node) -> Node? { object["spec"]?["template"]?["spec"] }

    @Test func rightsAreMadeOfNeeds() throws {
        let file = Self.base.appending(path: "rbac.yaml")
        let made = AccessRules.defaults.yaml
        if ProcessInfo.processInfo.environment["KE_RECORD"] == "1" {
            try made.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("recorded anew")
        }
        let kept = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        #expect(kept == made, "deploy/base/rbac.yaml is not what the checks need; KE_RECORD=1 writes it")
        // Nothing on Secrets in general, no wildcard, and a right only with a reader.
        #expect(!made.contains("*"))
        let cluster = AccessRules.defaults.clusterRules
        #expect(!cluster.contains { $0.resources.contains("secrets") })
        let few = AccessRules(kinds: [.nodes])
        #expect(few.clusterRules.first?.resources == ["nodes"])
        #expect(!few.clusterRules.contains { $0.resources.contains("pods") || $0.resources.contains("events") })
        #expect(few.paths == ["/readyz"])
        let conditions = AccessRules(kinds: [], exporters: ["nodeConditions"]).clusterRules
        #expect(conditions.first { $0.resources == ["nodes/status"] }?.verbs == ["patch"])
    }

    @Test func whatIsBuiltInIsWhatLiesInTheFolder() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.base.path)
            .filter { $0 != "kustomization.yaml" }.sorted()
        #expect(try Manifests.files().map(\.name).sorted() == names)
        for (name, bytes) in try Manifests.files() {
            #expect(try Data(contentsOf: Self.base.appending(path: name)) == Data(bytes), "\(name)")
        }
        let kustomization = try String(
            contentsOf: Self.base.appending(path: "kustomization.yaml"), encoding: .utf8)
        for name in names { #expect(kustomization.contains("- \(name)\n"), "\(name)") }
    }

    @Test func everyObjectIsOursAndInItsPlace() throws {
        let manifests = try Manifests(.init())
        #expect(manifests.objects.first?.kind == "Namespace")
        for object in manifests.objects {
            #expect(
                object.node["metadata"]?["labels"]?["app.kubernetes.io/part-of"]?.string == "kubeeye", "\(object.title)"
            )
            #expect(!object.path.contains("//"), "\(object.path)")
            #expect(object.path.hasSuffix("/" + object.name), "\(object.path)")
        }
        #expect(Set(manifests.objects.map(\.title)).count == manifests.objects.count)
    }

    @Test func settingsReachTheirPlaces() throws {
        var settings = Manifests.Settings()
        settings.registry = "registry.example.com/mirror"
        settings.digest = "sha256:" + String(repeating: "a", count: 64)
        settings.pullSecret = "pull"
        settings.storageClass = "fast"
        settings.exporters = ["nodeConditions"]
        settings.values = [
            .init(key: "agent.limits.memory", value: "128Mi"), .init(key: "agent.config.kernelLog", value: "kmsg"),
            .init(key: "agent.mountPropagation", value: "None"),
        ]
        let manifests = try Manifests(settings)
        for kind in ["DaemonSet", "Deployment"] {
            let spec = try #require(pod(try only(kind, in: manifests)))
            #expect(
                spec["containers"]?.items?.first?["image"]?.string
                    == "registry.example.com/mirror/kubeeye/kubeeye@sha256:" + String(repeating: "a", count: 64))
            #expect(spec["imagePullSecrets"]?.items?.first?["name"]?.string == "pull")
        }
        let agent = pod(try only("DaemonSet", in: manifests))?["containers"]?.items?.first
        #expect(agent?["resources"]?["limits"]?["memory"]?.string == "128Mi")
        let propagations = agent?["volumeMounts"]?.items?.compactMap { $0["mountPropagation"]?.string }
        #expect(propagations == ["None"])
        #expect(try only("PersistentVolumeClaim", in: manifests)["spec"]?["storageClassName"]?.string == "fast")
        let volumes = pod(try only("Deployment", in: manifests))?["volumes"]?.items
        #expect(volumes?.first?["persistentVolumeClaim"]?["claimName"]?.string == "ke-aggregator")
        #expect(manifests.yaml.contains("kernelLog: kmsg"))
        let rights = try #require(manifests.objects.first { $0.kind == "ClusterRole" && $0.name == "ke-aggregator" })
        let resources = rights.node["rules"]?.items?.flatMap { $0["resources"]?.items ?? [] }.compactMap(\.string) ?? []
        #expect(resources.contains("nodes/status"))
        #expect(resources.contains("pods"))
        let config = manifests.objects.first { $0.name == "ke-aggregator-config" }?.node["data"]?["config.yaml"]?.string
        let read = try ExporterConfiguration.read(Array((config ?? "").utf8), file: "c")
        #expect(read.ids == ["nodeConditions"])

        settings.hasAgent = false
        #expect(try !Manifests(settings).objects.contains { $0.kind == "DaemonSet" || $0.name == "ke-agent" })
        settings.hasAgent = true
        settings.values = [.init(key: "agent.limit.memory", value: "1")]
        #expect { try Manifests(settings) } throws: { "\($0)".contains("Did you mean agent.limits.memory?") }
        settings.values = [.init(key: "agent.mountPropagation", value: "Bidirectional")]
        #expect { try Manifests(settings) } throws: { "\($0)".contains("must be HostToContainer or None") }
    }

    @Test func settingsThatDifferInOneFieldDiffer() {
        let settings = Manifests.Settings()
        #expect(settings == Manifests.Settings())
        #expect(settings != Manifests.Settings(storageSize: "9Gi"))
        #expect(settings != Manifests.Settings(values: [.init(key: "agent.limits.memory", value: "1Gi")]))
        #expect(settings != Manifests.Settings(tag: "other"))
    }

    /// Least privilege, as docs/THREAT_MODEL.md promises it.
    @Test func noPodIsPrivileged() throws {
        let manifests = try Manifests(.init())
        for kind in ["DaemonSet", "Deployment"] {
            let spec = try #require(pod(try only(kind, in: manifests)))
            for flag in ["hostNetwork", "hostPID", "hostIPC"] { #expect(spec[flag] == nil, "\(kind) \(flag)") }
            let container = try #require(spec["containers"]?.items?.first)
            let security = try #require(container["securityContext"])
            #expect(security["privileged"]?.value == .bool(false))
            #expect(security["allowPrivilegeEscalation"]?.value == .bool(false))
            #expect(security["readOnlyRootFilesystem"]?.value == .bool(true))
            #expect(security["capabilities"]?["drop"]?.items?.compactMap(\.string) == ["ALL"])
            #expect(security["capabilities"]?["add"] == nil)
            #expect(security["seccompProfile"]?["type"]?.string == "RuntimeDefault")
            let writable = (container["volumeMounts"]?.items ?? []).filter { $0["readOnly"]?.value != .bool(true) }
            #expect(writable.compactMap { $0["name"]?.string } == ["state"], "\(kind) writes to its state alone")
        }
        let agent = try #require(pod(try only("DaemonSet", in: manifests)))
        let paths = (agent["volumes"]?.items ?? []).compactMap { $0["hostPath"]?["path"]?.string }
        #expect(Set(paths) == ["/var/log", "/run/log", "/proc", "/sys", "/etc/machine-id"])
        #expect(agent["automountServiceAccountToken"]?.value == .bool(false))
    }

    /// What the product says of itself: nothing that is not explained.
    @Test func theyPassTheProductsOwnChecks() throws {
        let (status, output) = try Child.run([
            Products.aggregator, "report", "--manifests", Self.base.path, "--profile", "strict", "-o", "wide",
            "--fail-on",
            "warning",
        ])
        #expect(status == 0, "\(output)")
    }

    @Test(.enabled(if: Kustomization.isPossible)) func kustomizeBuildsTheBaseAndEveryOverlay() throws {
        let overlays = try Kustomization.overlays()
        #expect(overlays == ["kmsg", "npd", "openshift", "probes"].map { "overlays/" + $0 })
        for name in ["base"] + overlays {
            let (status, output) = try Kustomization.build(name)
            #expect(status == 0, "\(name): \(output)")
            #expect(output.contains("kind: DaemonSet"), "\(name): \(output)")
            // Only the overlay that says so is privileged.
            #expect(output.contains("privileged: true") == name.hasSuffix("kmsg"), "\(name)")
        }
    }

    @Test func alertsAndDashboardAskForWhatIsServed() throws {
        let file = Repository.root.appending(path: "deploy/monitoring/alerts.yaml")
        let rules = try #require(try YAMLReader.read([UInt8](Data(contentsOf: file))))["groups"]?.items?.first?["rules"]
        var state = EvaluatedState(generatedAt: .now(), clusterName: "c")
        state.generation = .init(number: 1, seconds: 0.1)
        let content = ReportBuilder(state: state, options: ReportOptions()).content()
        let known = IngestMetrics().text(
            Snapshot(
                generatedAt: .now(), startedAt: .now(), storeID: "", nodes: [], findings: [], observations: [],
                dropped: 0), StateMetrics(state, content, now: .now()),
            isStoreUp: true)
        // Every series that an alert or the dashboard asks for is one that is served.
        let dashboard = try String(
            contentsOf: Repository.root.appending(path: "deploy/monitoring/dashboard.json"), encoding: .utf8)
        let texts = (rules?.items ?? []).compactMap { $0["expr"]?.string } + [dashboard]
        #expect(texts.count > 5)
        for text in texts {
            for match in text.matches(of: /\b(?:ke|problem)_[a-z_]+/) {
                #expect(known.contains("# TYPE \(match.output) "), "\(match.output)")
            }
        }
    }
}
