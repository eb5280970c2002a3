import Auth
import ClusterObjects
import Evaluation
import Export
import KubernetesAPI
import Platform

/// The rights that `serve` needs, derived from what its checks read and its exporters write. `deploy/base/rbac.yaml` is
/// generated from the defaults, and a test runs `serve` with exactly these rights.
struct AccessRules {
    var kinds: Set<ClusterKind>
    /// Ids of exporters that may run.
    var exporters: Set<String> = []

    /// What a check may read with the default settings.
    static var defaults: AccessRules {
        AccessRules(kinds: EvaluationSettings().kinds, exporters: ExporterList.defaults)
    }

    /// In all namespaces: lists and watches, by API group.
    var clusterRules: [AccessRule] {
        var byGroup: [String: [String]] = [:]
        for kind in kinds.sorted() where kind.isList && kind != .componentstatuses {
            byGroup[kind.places[0].group, default: []].append(kind.rawValue)
        }
        var rules = byGroup.sorted { $0.key < $1.key }.map {
            AccessRule(groups: [$0.key], resources: $0.value, verbs: ["list", "watch"], why: "what checks look at")
        }
        if kinds.contains(.componentstatuses) {
            rules.append(
                AccessRule(
                    groups: [""], resources: ["componentstatuses"], verbs: ["list"],
                    why: "where nothing better is served"))
        }
        rules += [
            AccessRule(
                groups: ["authentication.k8s.io"], resources: ["tokenreviews"], verbs: ["create"],
                why: "who an agent or a reader is"),
            AccessRule(
                groups: ["authorization.k8s.io"], resources: ["subjectaccessreviews"], verbs: ["create"],
                why: "what a reader may see"),
        ]
        return rules + ExporterList.all.filter { exporters.contains($0.id) }.flatMap(\.rights)
    }

    /// Paths of the API server itself.
    var paths: [String] { ["/readyz"] + (kinds.contains(.metrics) ? ["/metrics"] : []) }

    /// In namespaces of our own and node-problem-detector's.
    var namespaced: [(namespace: String, rules: [AccessRule])] {
        [
            (
                Names.namespace,
                [
                    AccessRule(
                        groups: [""], resources: ["configmaps"],
                        names: [OverrideStore.name, RuleStore.name, RuleStore.history, SecretAuthority.bundle],
                        verbs: ["get", "patch", "update"],
                        why: "overrides, rules and their history, the authority that agents trust"),
                    AccessRule(
                        groups: [""], resources: ["configmaps"], verbs: ["create"],
                        why: "the rules' history, when there is none yet"),
                    AccessRule(
                        groups: [""], resources: ["secrets"], names: [SecretAuthority.secret],
                        verbs: ["get", "update"], why: "our own certificate authority, and no other Secret"),
                    AccessRule(
                        groups: [""], resources: ["pods"], verbs: ["get"],
                        why: "the node of an agent whose token does not name it (before 1.29)"),
                ]
            ),
            (
                "kube-system",
                [
                    AccessRule(
                        groups: [""], resources: ["configmaps"], names: ["node-problem-detector-config"],
                        verbs: ["get"], why: "log monitors that users keep there")
                ]
            ),
        ]
    }

    /// All of it as manifests.
    var yaml: String {
        var out = """
            # Made of what checks read and exporters write (Sources/Aggregator/Install/AccessRules.swift); not by hand.

            """
        out += Self.role("ClusterRole", Names.aggregator, nil, clusterRules, paths: paths)
        out += Self.binding("ClusterRole", Names.aggregator, nil, account: Names.aggregator)
        for (namespace, rules) in namespaced {
            out += Self.role("Role", Names.aggregator, namespace, rules, paths: [])
            out += Self.binding("Role", Names.aggregator, namespace, account: Names.aggregator)
        }
        let read = AccessRule(groups: ["ke.io"], resources: ["findings"], verbs: ["get"], why: "reads reports")
        let edit = AccessRule(groups: ["ke.io"], resources: ["findings"], verbs: ["get", "update"], why: "tries rules")
        for (account, rule) in [(Names.reader, read), (Names.editor, edit)] {
            out += Self.role("ClusterRole", account, nil, [rule], paths: [])
            out += Self.binding("ClusterRole", account, nil, account: account)
        }
        // For people: bind it to those who are on call.
        out += Self.role(
            "Role", "ke-user", Names.namespace,
            [
                AccessRule(
                    groups: [""], resources: ["services"], names: [Names.aggregator], verbs: ["get"],
                    why: "`ke report` finds the aggregator"),
                AccessRule(
                    groups: [""], resources: ["serviceaccounts/token"], names: [Names.reader],
                    verbs: ["create"], why: "and shows it a token of the reader's account"),
                AccessRule(
                    groups: [""], resources: ["services/proxy"],
                    names: ["https:\(Names.aggregator):read"], verbs: ["get"],
                    why: "through the API server; for people, bind this role to whoever is on call"),
            ], paths: [])
        return out
    }

    private static func list(_ items: [String]) -> String {
        "[" + items.map { $0.isEmpty || $0.contains(":") ? "\"\($0)\"" : $0 }.joined(separator: ", ") + "]"
    }

    private static func metadata(_ name: String, _ namespace: String?) -> String {
        """
        metadata:
          name: \(name)
        \(namespace.map { "  namespace: \($0)\n" } ?? "")  labels:
            app.kubernetes.io/part-of: kubeeye

        """
    }

    private static func role(
        _ kind: String, _ name: String, _ namespace: String?, _ rules: [AccessRule], paths: [String]
    )
        -> String
    {
        var out =
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: \(kind)\n" + metadata(name, namespace) + "rules:\n"
        out += rules.map(text).joined()
        if !paths.isEmpty {
            out +=
                "  # the API server's own health and metrics\n  - nonResourceURLs: \(list(paths))\n    verbs: [get]\n"
        }
        return out
    }

    static func text(_ rule: AccessRule) -> String {
        var out = "  # \(rule.why)\n  - apiGroups: \(list(rule.groups))\n    resources: \(list(rule.resources))\n"
        if !rule.names.isEmpty { out += "    resourceNames: \(list(rule.names))\n" }
        return out + "    verbs: \(list(rule.verbs))\n"
    }

    private static func binding(_ kind: String, _ name: String, _ namespace: String?, account: String) -> String {
        """
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: \(kind)Binding
        \(metadata(name, namespace))roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: \(kind)
          name: \(name)
        subjects:
          - kind: ServiceAccount
            name: \(account)
            namespace: \(Names.namespace)

        """
    }
}
