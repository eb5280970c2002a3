package import Findings
package import KubernetesAPI
package import Platform

/// What is kept of a Node.
package struct NodeRecord: ClusterRecord {
    package struct Taint: Sendable, Equatable {
        package var key: String
        package var value: String
        package var effect: String
        package var added: Timestamp?
    }

    /// Types of conditions that every kubelet writes (kubernetes `pkg/kubelet/nodestatus`, `setters.go`).
    package static let kubeletConditions: Set<String> = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"]

    package var metadata: RecordMetadata
    package var labels: [String: String]
    package var unschedulable: Bool
    package var taints: [Taint]
    package var conditions: [ConditionRecord]
    package var kernel: String
    package var osImage: String
    package var kubelet: String
    package var runtime: String
    var internalIP: String

    package var namespace: String { "" }
    package var name: String { metadata.name }
    package var reference: ObjectReference { .init(kind: "Node", name: metadata.name, uid: metadata.uid) }
    package var ready: ConditionRecord? { conditions["Ready"] }

    package func scopes(in index: ClusterIndex) -> [ClusterScope] { [.node(name)] }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        labels = LabelSet.read(object["metadata"]?["labels"], &texts)
        let spec = object["spec"]
        unschedulable = spec?["unschedulable"]?.bool ?? false
        var taints: [Taint] = []
        for taint in spec?.list("taints") ?? object.list("taints") {
            taints.append(
                Taint(
                    key: texts.text(taint["key"]), value: texts.text(taint["value"]),
                    effect: texts.text(taint["effect"]),
                    added: taint["timeAdded"].flatMap { KubernetesTime.parse($0) }))
        }
        self.taints = taints
        conditions = ConditionRecord.list(object, &texts)
        let info = object["status"]?["nodeInfo"]
        kernel = texts.text(info?["kernelVersion"])
        osImage = texts.text(info?["osImage"])
        kubelet = texts.text(info?["kubeletVersion"])
        runtime = texts.text(info?["containerRuntimeVersion"])
        internalIP = ""
        for address in object["status"]?.list("addresses") ?? object.list("addresses")
        where address["type"]?.equals("InternalIP") == true && internalIP.isEmpty {
            internalIP = texts.text(address["address"])
        }
    }

    /// Versions that change on nodes; empty: not known yet.
    package var versions: [String: String] {
        ["kernel": kernel, "os": osImage, "kubelet": kubelet, "runtime": runtime].filter { !$0.value.isEmpty }
    }

    /// Taints of autoscalers and clouds that announce a node's end.
    private static let leavingTaints = [
        "ToBeDeletedByClusterAutoscaler", "karpenter.sh/disrupted", "karpenter.sh/disruption",
        "cloud.google.com/impending-node-termination", "node.cloudprovider.kubernetes.io/shutdown",
    ]

    /// Since when the node is leaving; nil: it is not.
    package var leavingSince: Timestamp? {
        if let deleted = metadata.deleted { return deleted }
        if let ready, ready.message.contains("node is shutting down") {
            return ready.transition ?? metadata.created ?? Timestamp(microseconds: 0)
        }
        let taint = taints.first {
            Self.leavingTaints.contains($0.key) || $0.key.hasPrefix("aws-node-termination-handler/")
        }
        guard let taint else { return nil }
        // The autoscaler writes the time as the taint's value.
        let written = Double(taint.value).flatMap { $0 > 1e9 && $0 < 1e11 ? Timestamp(seconds: $0) : nil }
        return taint.added ?? written ?? ready?.transition ?? Timestamp(microseconds: 0)
    }

    /// Virtual kubelets and the like run no DaemonSet.
    package var isVirtual: Bool {
        labels["type"] == "virtual-kubelet" || labels["kubernetes.io/role"] == "agent-virtual"
            || labels["eks.amazonaws.com/compute-type"] == "fargate"
            || labels["kubernetes.io/os"].map { $0 != "linux" } ?? false
    }
}
