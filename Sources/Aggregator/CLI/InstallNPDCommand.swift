import ArgumentParser
import ClusterObjects
import Foundation
import KubernetesAPI
import Platform
import Watch

/// `ke install npd`: the ConfigMap that users of node-problem-detector edit.
struct InstallNPDCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "npd",
        abstract: "Create ConfigMap kube-system/node-problem-detector-config, whose log monitors the agents run.")

    @OptionGroup(title: "Cluster") var connection: ConnectionOptions

    static let key = "my-monitor.json"
    static let example = """
        {
          "plugin": "journald",
          "pluginConfig": { "source": "kernel" },
          "lookback": "5m",
          "bufferSize": 10,
          "source": "my-monitor",
          "conditions": [],
          "rules": []
        }
        """

    private struct ConfigMap: Encodable {
        var apiVersion = "v1"
        var kind = "ConfigMap"
        var metadata = ["name": "node-problem-detector-config", "namespace": "kube-system"]
        var data = [key: example]
    }

    func run() async throws {
        let client = try connection.requiredCluster(SystemClock())
        let store = RuleStore(client: client, clock: SystemClock())
        print(
            "node-problem-detector itself is not installed: KubeEye's agents run its configuration, in addition to built-in rules that cover its shipped monitors."
        )
        if let live = try await store.map(NPDConfigImporter.path) {
            let keys = live.data.keys.sorted().joined(separator: ", ")
            print("ConfigMap \(NPDConfigImporter.place) is there already (\(keys)); it stays as it is.")
        } else {
            _ = try await client.send(
                "POST", "/api/v1/namespaces/kube-system/configmaps", body: try JSONBody.encode(ConfigMap()))
            print("Made ConfigMap \(NPDConfigImporter.place).")
        }
        if let other = try await Self.runningDetector(client) {
            print(
                "node-problem-detector runs in this cluster: \(other). Both may run; its events and conditions are used as evidence in the report."
            )
        }
        print("Edit it:  kubectl edit configmap -n kube-system node-problem-detector-config")
        print("`ke-aggregator serve` imports it within 15 s; mistakes are in the report as RuleFileInvalid.")
    }

    /// A DaemonSet that is one, by its name.
    static func runningDetector(_ client: KubernetesClient) async throws -> String? {
        let answer = try await client.get("/apis/apps/v1/daemonsets?limit=500")
        let document = try JSONDocument(answer.body)
        for item in document.root.list("items") {
            let metadata = item["metadata"]
            if let name = metadata?["name"]?.string, name.contains("node-problem-detector") {
                return "DaemonSet \(metadata?["namespace"]?.string ?? "?")/\(name)"
            }
        }
        return nil
    }
}
