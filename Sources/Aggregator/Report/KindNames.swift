/// What people call the kinds of the API: `deploy`, `deployments`, `Deployment`.
package enum KindNames {
    package struct Kind: Sendable {
        package var kind: String
        /// kubectl's plural and short names.
        package var others: [String]
        /// Where objects of a namespace are listed; nil: not looked up.
        package var group: String?

        package var name: String { kind.lowercased() }
        /// As people write it: `deploy`; itself where nobody shortens it.
        var short: String { others.count > 1 && !KindNames.unshortened.contains(kind) ? others[1] : name }
    }

    private static let unshortened: Set<String> = ["Node", "Pod", "LimitRange", "Namespace", "Certificate", "Rollout"]

    package static let all: [Kind] = [
        kind("Node", "nodes", "no"), kind("Pod", "pods", "po"),
        kind("Deployment", "deployments", "deploy"),
        kind("StatefulSet", "statefulsets", "sts", group: "/apis/apps/v1"),
        kind("DaemonSet", "daemonsets", "ds", group: "/apis/apps/v1"),
        kind("ReplicaSet", "replicasets", "rs", group: "/apis/apps/v1"),
        kind("ReplicationController", "replicationcontrollers", "rc", group: "/api/v1"),
        kind("Job", "jobs", group: "/apis/batch/v1"), kind("CronJob", "cronjobs", "cj"),
        kind("Service", "services", "svc", group: "/api/v1"), kind("Ingress", "ingresses", "ing"),
        kind("PersistentVolumeClaim", "persistentvolumeclaims", "pvc", group: "/api/v1"),
        kind("PersistentVolume", "persistentvolumes", "pv"), kind("StorageClass", "storageclasses", "sc"),
        kind("VolumeAttachment", "volumeattachments"),
        kind("HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa"),
        kind("PodDisruptionBudget", "poddisruptionbudgets", "pdb"), kind("ResourceQuota", "resourcequotas", "quota"),
        kind("LimitRange", "limitranges", "limits"), kind("Namespace", "namespaces", "ns"),
        kind("ConfigMap", "configmaps", "cm"),
        kind("ServiceAccount", "serviceaccounts", "sa"), kind("NetworkPolicy", "networkpolicies", "netpol"),
        kind("Role", "roles"), kind("RoleBinding", "rolebindings"), kind("ClusterRole", "clusterroles"),
        kind("ClusterRoleBinding", "clusterrolebindings"), kind("Certificate", "certificates", "cert", "certs"),
        kind("APIService", "apiservices"),
        kind("ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
        kind("MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
        kind("Component", "components"), kind("Rollout", "rollouts", "ro"),
    ]

    private static func kind(_ kind: String, _ others: String..., group: String? = nil) -> Kind {
        Kind(kind: kind, others: others, group: group)
    }

    private static let byName: [String: Kind] = Dictionary(
        all.flatMap { kind in ([kind.name] + kind.others).map { ($0, kind) } }
    ) { first, _ in first }

    /// - Parameter text: in any case; `deployments.apps` too.
    package static func named(_ text: String) -> Kind? {
        let text = text.lowercased()
        return byName[text] ?? byName[String(text.prefix { $0 != "." })]
    }

    /// `deploy` of `Deployment`.
    static func short(_ kind: String) -> String { named(kind)?.short ?? kind.lowercased() }

    /// `deploy/shop/web` of `deployment/shop/web`, as reports name objects.
    static func shortened(_ object: String) -> String {
        guard let slash = object.firstIndex(of: "/") else { return object }
        return short(String(object[..<slash])) + object[slash...]
    }

    /// For a suggestion.
    package static var names: [String] { all.map(\.name) }
}
