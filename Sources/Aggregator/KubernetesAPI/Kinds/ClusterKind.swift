/// What is read from a cluster. Checks name the kinds that they need; nothing else is fetched.
///
/// Every kind that is listed has the API versions that serve it from 1.20 to 1.36, best first; which one is taken is
/// found by discovery. The last four are single endpoints, not lists.
package enum ClusterKind: String, CaseIterable, Codable, Sendable, Comparable {
    case nodes, leases, pods, events, namespaces, componentstatuses
    case deployments, statefulsets, daemonsets, jobs, cronjobs
    case services, endpointslices, ingresses, ingressclasses, horizontalpodautoscalers, poddisruptionbudgets
    case resourcequotas, persistentvolumeclaims, storageclasses
    case validatingwebhookconfigurations, mutatingwebhookconfigurations, apiservices
    case clusterroles, clusterrolebindings, secrets
    case replicasets, replicationcontrollers, rollouts
    case configmaps, serviceaccounts, networkpolicies, limitranges, roles, rolebindings
    case readyz, metrics, handshake, version

    package struct Place: Equatable, Sendable {
        /// Empty for the core group.
        package var group: String
        package var version: String
    }

    /// Served by a list of objects; the others are single endpoints.
    package var isList: Bool { !places.isEmpty }

    package var isNamespaced: Bool {
        switch self {
        case .nodes, .namespaces, .componentstatuses, .ingressclasses, .storageclasses, .apiservices, .clusterroles,
            .clusterrolebindings, .validatingwebhookconfigurations, .mutatingwebhookconfigurations, .readyz,
            .metrics, .handshake, .version:
            false
        default: true
        }
    }

    package var places: [Place] {
        switch self {
        case .nodes, .pods, .events, .namespaces, .componentstatuses, .services, .resourcequotas,
            .persistentvolumeclaims, .secrets, .replicationcontrollers, .configmaps, .serviceaccounts, .limitranges:
            [Place(group: "", version: "v1")]
        case .leases: [Place(group: "coordination.k8s.io", version: "v1")]
        case .deployments, .statefulsets, .daemonsets, .replicasets: [Place(group: "apps", version: "v1")]
        case .rollouts: [Place(group: "argoproj.io", version: "v1alpha1")]
        case .jobs: [Place(group: "batch", version: "v1")]
        case .cronjobs: [Place(group: "batch", version: "v1"), Place(group: "batch", version: "v1beta1")]
        case .endpointslices:
            [Place(group: "discovery.k8s.io", version: "v1"), Place(group: "discovery.k8s.io", version: "v1beta1")]
        case .ingresses, .ingressclasses, .networkpolicies: [Place(group: "networking.k8s.io", version: "v1")]
        case .horizontalpodautoscalers:
            ["v2", "v2beta2"].map { Place(group: "autoscaling", version: $0) }
        case .poddisruptionbudgets: ["v1", "v1beta1"].map { Place(group: "policy", version: $0) }
        case .storageclasses: [Place(group: "storage.k8s.io", version: "v1")]
        case .validatingwebhookconfigurations, .mutatingwebhookconfigurations:
            [Place(group: "admissionregistration.k8s.io", version: "v1")]
        case .apiservices: [Place(group: "apiregistration.k8s.io", version: "v1")]
        case .clusterroles, .clusterrolebindings, .roles, .rolebindings:
            [Place(group: "rbac.authorization.k8s.io", version: "v1")]
        case .readyz, .metrics, .handshake, .version: []
        }
    }

    /// Where a kind's list is served.
    package func path(_ place: Place, namespace: String?) -> String {
        let root = place.group.isEmpty ? "/api/\(place.version)" : "/apis/\(place.group)/\(place.version)"
        if isNamespaced, let namespace { return "\(root)/namespaces/\(namespace.urlEscaped)/\(rawValue)" }
        return "\(root)/\(rawValue)"
    }

    /// Restricts the list where part of the objects is enough: TLS secrets, warnings.
    package var fieldSelector: String? {
        switch self {
        case .secrets: "type=kubernetes.io/tls"
        case .events: "type!=Normal"
        default: nil
        }
    }

    /// Kinds with a pod spec, as the API server has them itself.
    package static let workloads: [ClusterKind] = [
        .deployments, .statefulsets, .daemonsets, .replicasets, .replicationcontrollers, .jobs, .cronjobs, .pods,
    ]

    /// The Kind of its objects; nil for what no best-practice check names.
    package var objectKind: GroupKind? { Self.objectKinds[self] }

    private static let objectKinds: [ClusterKind: GroupKind] = {
        let names: [ClusterKind: String] = [
            .deployments: "Deployment", .statefulsets: "StatefulSet", .daemonsets: "DaemonSet",
            .replicasets: "ReplicaSet",
            .replicationcontrollers: "ReplicationController", .jobs: "Job", .cronjobs: "CronJob", .pods: "Pod",
            .rollouts: "Rollout", .configmaps: "ConfigMap", .serviceaccounts: "ServiceAccount",
            .networkpolicies: "NetworkPolicy", .limitranges: "LimitRange", .roles: "Role", .rolebindings: "RoleBinding",
            .clusterroles: "ClusterRole", .clusterrolebindings: "ClusterRoleBinding", .ingresses: "Ingress",
            .poddisruptionbudgets: "PodDisruptionBudget", .horizontalpodautoscalers: "HorizontalPodAutoscaler",
            .services: "Service", .namespaces: "Namespace", .nodes: "Node", .resourcequotas: "ResourceQuota",
            .persistentvolumeclaims: "PersistentVolumeClaim", .storageclasses: "StorageClass",
            .ingressclasses: "IngressClass", .endpointslices: "EndpointSlice",
        ]
        return Dictionary(
            uniqueKeysWithValues: names.map {
                ($0.key, GroupKind(group: $0.key.places.first?.group ?? "", kind: $0.value))
            })
    }()

    fileprivate static let byObjectKind: [String: ClusterKind] = Dictionary(
        uniqueKeysWithValues: objectKinds.map { ($0.value.kind, $0.key) })

    package static func < (a: ClusterKind, b: ClusterKind) -> Bool { a.rawValue < b.rawValue }
}

extension GroupKind {
    /// What it is read as; nil for kinds that only a user's check names.
    package var clusterKind: ClusterKind? {
        guard let known = ClusterKind.byObjectKind[kind], let name = known.objectKind else { return nil }
        return matches(group: name.group ?? "", kind: name.kind) ? known : nil
    }
}
