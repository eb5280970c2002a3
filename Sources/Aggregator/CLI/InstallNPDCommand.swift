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
        abstract: "Make kube-system/node-problem-detector-config, whose log monitors our agents run.")

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

    func run() async throws {
        guard let target = try connection.connection(environment: ProcessInfo.processInfo.environment) else {
            throw CommandFailure(message: "There is no cluster. Name one with --kubeconfig or --server.")
        }
        let client = try connection.client(target, clock: SystemClock())
        let store = RuleStore(client: client, clock: SystemClock())
        print(
            "node-problem-detector itself is not installed: our agents run its configuration, beside rules of their own that cover its shipped monitors."
        )
        if let live = try await store.map(NodeProblemDetectorCarrier.path) {
            let keys = live.data.keys.sorted().joined(separator: ", ")
            print("ConfigMap \(NodeProblemDetectorCarrier.place) is there already (\(keys)); it stays as it is.")
        } else {
            let object: [String: Any] = [
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": ["name": "node-problem-detector-config", "namespace": "kube-system"],
                "data": [Self.key: Self.example],
            ]
            _ = try await client.send(
                "POST", "/api/v1/namespaces/kube-system/configmaps", body: try JSONBody.encode(object))
            print("Made ConfigMap \(NodeProblemDetectorCarrier.place).")
        }
        if let other = try await Self.runningDetector(client) {
            print(
                "node-problem-detector runs in this cluster: \(other). Both may run; its events and conditions are evidence in our report."
            )
        }
        print("Edit it:  kubectl edit configmap -n kube-system node-problem-detector-config")
        print("`ke-aggregator serve` carries it over within 15 s; mistakes are in the report as RuleFileInvalid.")
    }

    /// A DaemonSet that is one, by its name.
    static func runningDetector(_ client: KubernetesClient) async throws -> String? {
        let answer = try await client.get("/apis/apps/v1/daemonsets?limit=500")
        guard let object = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] else {
            return nil
        }
        for item in object["items"] as? [[String: Any]] ?? [] {
            let metadata = item["metadata"] as? [String: Any] ?? [:]
            if let name = metadata["name"] as? String, name.contains("node-problem-detector") {
                return "DaemonSet \(metadata["namespace"] as? String ?? "?")/\(name)"
            }
        }
        return nil
    }
}
