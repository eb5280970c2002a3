import Foundation
import TestSupport

@testable import Platform
@testable import YAML

/// A cluster written as YAML documents, created through a real API server. `@-6m` are times before now.
enum ClusterScript {
    struct Place {
        var root: String
        var plural: String
    }

    private static let places: [String: Place] = [
        "Node": .init(root: "/api/v1", plural: "nodes"), "Pod": .init(root: "/api/v1", plural: "pods"),
        "Event": .init(root: "/api/v1", plural: "events"), "Namespace": .init(root: "/api/v1", plural: "namespaces"),
        "Service": .init(root: "/api/v1", plural: "services"),
        "ConfigMap": .init(root: "/api/v1", plural: "configmaps"),
        "ServiceAccount": .init(root: "/api/v1", plural: "serviceaccounts"),
        "Deployment": .init(root: "/apis/apps/v1", plural: "deployments"),
        "StatefulSet": .init(root: "/apis/apps/v1", plural: "statefulsets"),
        "DaemonSet": .init(root: "/apis/apps/v1", plural: "daemonsets"),
        "Job": .init(root: "/apis/batch/v1", plural: "jobs"),
        "Ingress": .init(root: "/apis/networking.k8s.io/v1", plural: "ingresses"),
        "NetworkPolicy": .init(root: "/apis/networking.k8s.io/v1", plural: "networkpolicies"),
        "LimitRange": .init(root: "/api/v1", plural: "limitranges"),
        "ClusterRole": .init(root: "/apis/rbac.authorization.k8s.io/v1", plural: "clusterroles"),
        "ClusterRoleBinding": .init(root: "/apis/rbac.authorization.k8s.io/v1", plural: "clusterrolebindings"),
        "ReplicaSet": .init(root: "/apis/apps/v1", plural: "replicasets"),
        "CronJob": .init(root: "/apis/batch/v1beta1", plural: "cronjobs"),
        "PodDisruptionBudget": .init(root: "/apis/policy/v1beta1", plural: "poddisruptionbudgets"),
        "HorizontalPodAutoscaler": .init(root: "/apis/autoscaling/v2beta2", plural: "horizontalpodautoscalers"),
        "EndpointSlice": .init(root: "/apis/discovery.k8s.io/v1beta1", plural: "endpointslices"),
        "Role": .init(root: "/apis/rbac.authorization.k8s.io/v1", plural: "roles"),
        "RoleBinding": .init(root: "/apis/rbac.authorization.k8s.io/v1", plural: "rolebindings"),
        "APIService": .init(root: "/apis/apiregistration.k8s.io/v1", plural: "apiservices"),
    ]
    private static let clusterWide: Set<String> = [
        "Node", "Namespace", "APIService", "ClusterRole", "ClusterRoleBinding",
    ]

    static func create(_ text: String, in plane: ControlPlane) async throws {
        for document in try YAMLReader.readAll(Array(expand(text, now: .now()).utf8)) {
            let kind = document["kind"]?.string ?? ""
            guard let place = places[kind], let name = document["metadata"]?["name"]?.string else {
                throw ControlPlane.Failure(description: "unknown kind \(kind)")
            }
            let namespace = document["metadata"]?["namespace"]?.string ?? "default"
            let group = place.root.hasPrefix("/apis/") ? String(place.root.dropFirst(6)) : "v1"
            var members = ["\"apiVersion\":\"\(group)\""]
            for pair in document.pairs ?? [] where pair.key != "apiVersion" {
                members.append("\"\(pair.key)\":\(pair.value.jsonText)")
            }
            let path =
                clusterWide.contains(kind)
                ? "\(place.root)/\(place.plural)" : "\(place.root)/namespaces/\(namespace)/\(place.plural)"
            try await plane.create(
                "{\(members.joined(separator: ","))}", at: path, name: name,
                hasStatus: document["status"] != nil && kind != "Event")
        }
    }

    static func expand(_ text: String, now: Timestamp) -> String {
        let units: [Substring: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        return text.replacing(/@(-|\+)([0-9]+)([smhd])/) { match -> String in
            let seconds = (Double(match.output.2) ?? 0) * (units[match.output.3] ?? 1)
            return (now + (match.output.1 == "-" ? -seconds : seconds)).utcRFC3339
        }
    }

    static func node(
        _ name: String, ready: String = "True", reason: String = "KubeletReady",
        message: String = "kubelet is posting ready status",
        more: String = "", labels: String = "", spec: String = "", kernel: String = "6.1.0-25"
    ) -> String {
        """
        kind: Node
        metadata: { name: \(name), labels: { kubernetes.io/hostname: \(name)\(labels.isEmpty ? "" : ", " + labels) } }
        spec: { \(spec) }
        status:
          allocatable: { cpu: '4', memory: 8Gi, pods: '110' }
          capacity: { cpu: '4', memory: 8Gi, pods: '110' }
          nodeInfo: { machineID: '', systemUUID: '', bootID: '', kernelVersion: '\(kernel)', osImage: Debian 12, containerRuntimeVersion: 'containerd://1.7', kubeletVersion: v1.20.2, kubeProxyVersion: v1.20.2, operatingSystem: linux, architecture: amd64 }
          conditions:
            - { type: Ready, status: '\(ready)', reason: \(reason), message: "\(message)", lastHeartbeatTime: '@-30s', lastTransitionTime: '@-20m' }
        \(more)
        """
    }

    static func condition(_ type: String, _ status: String, _ reason: String, _ message: String = "") -> String {
        "    - { type: \(type), status: '\(status)', reason: \(reason), message: \"\(message)\", lastHeartbeatTime: '@-30s', lastTransitionTime: '@-20m' }"
    }
}
