import Foundation
import TestSupport
import Testing

@testable import Findings
@testable import Report

/// Objects in a real API server and the same objects as files.
@Suite(.serialized, .enabled(if: ControlPlane.isPossible)) struct WorkloadParitySerialTests {
    /// What the API server fills in, so that the two sides differ: the check, and why.
    private static let defaulted = [
        "pullPolicyNotAlways": "imagePullPolicy is Always for latest, else IfNotPresent",
        "hpaMinAvailability": "minReplicas is 1",
        "pdbMinAvailableGreaterThanHPAMinReplicas": "minReplicas is 1; of a file without one nothing is said",
    ]

    static let objects = """
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop, labels: { app.kubernetes.io/instance: web } }
        spec:
          selector: { matchLabels: { app: web } }
          template:
            metadata: { labels: { app: web } }
            spec:
              serviceAccountName: web
              hostNetwork: true
              securityContext: { runAsNonRoot: true, seccompProfile: { type: RuntimeDefault } }
              initContainers: [{ name: init, image: 'busybox' }]
              containers:
              - name: app
                image: nginx
                ports: [{ containerPort: 80, hostPort: 80 }]
                resources: { limits: { cpu: 2, memory: 1.5Gi } }
                env: [{ name: API_TOKEN, value: hunter2 }, { name: B, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]
              - name: side
                image: reg:5000/side:1
                imagePullPolicy: IfNotPresent
                livenessProbe: { tcpSocket: { port: 80 } }
                securityContext: { privileged: true, capabilities: { add: [SYS_ADMIN] } }
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: { name: db, namespace: shop }
        spec:
          serviceName: db
          replicas: 0
          selector: { matchLabels: { app: db } }
          template:
            metadata: { labels: { app: db } }
            spec:
              automountServiceAccountToken: false
              priorityClassName: system-cluster-critical
              volumes: [{ name: d, hostPath: { path: /data } }]
              containers: [{ name: app, image: 'db:1', imagePullPolicy: Always, securityContext: { runAsUser: 0, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } } }]
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: agent, namespace: shop }
        spec:
          selector: { matchLabels: { app: agent } }
          template:
            metadata: { labels: { app: agent } }
            spec: { hostPID: true, containers: [{ name: app, image: 'agent@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }] }
        ---
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata: { name: alone, namespace: shop }
        spec:
          replicas: 0
          selector: { matchLabels: { app: alone } }
          template: { metadata: { labels: { app: alone } }, spec: { containers: [{ name: app, image: 'x:1' }] } }
        ---
        apiVersion: batch/v1
        kind: Job
        metadata: { name: once, namespace: shop }
        spec: { template: { spec: { restartPolicy: Never, containers: [{ name: app, image: 'x:latest' }] } } }
        ---
        apiVersion: batch/v1beta1
        kind: CronJob
        metadata: { name: nightly, namespace: shop }
        spec:
          schedule: '0 3 * * *'
          jobTemplate: { spec: { template: { spec: { restartPolicy: Never, containers: [{ name: app, image: 'x:1', resources: { requests: { cpu: 0.5 } } }] } } } }
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: web, namespace: shop }
        automountServiceAccountToken: false
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: shop }
        data: { mode: prod, db-password: hunter2 }
        ---
        apiVersion: policy/v1beta1
        kind: PodDisruptionBudget
        metadata: { name: web, namespace: shop }
        spec: { minAvailable: 3, selector: { matchLabels: { app: web } } }
        ---
        apiVersion: autoscaling/v2beta2
        kind: HorizontalPodAutoscaler
        metadata: { name: web, namespace: shop }
        spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: web }, maxReplicas: 4 }
        ---
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: { name: web, namespace: shop }
        spec: { defaultBackend: { service: { name: web, port: { number: 80 } } } }
        ---
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: { name: web, namespace: shop }
        spec: { podSelector: { matchLabels: { app: web } }, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}] }
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: { name: shell }
        rules: [{ apiGroups: [''], resources: [pods/exec], verbs: [create] }]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: { name: shell, namespace: shop }
        roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: shell }
        subjects: [{ kind: User, name: eve, apiGroup: rbac.authorization.k8s.io }]
        """

    private func failures(_ arguments: [String]) throws -> [String: Set<String>] {
        let (status, output) = try Child.run(
            [Products.aggregator, "report", "--profile", "strict", "--severity", "info", "-o", "json"] + arguments)
        guard let start = output.firstIndex(of: "{"), status == 0 else {
            throw ControlPlane.Failure(description: output)
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(output[start...].utf8))
        var found: [String: Set<String>] = [:]
        for item in report.findings where !item.failures.isEmpty {
            for failure in item.failures {
                found["\(item.object.kind)/\(item.object.name)", default: []].insert(
                    "\(failure.alias) \(failure.container)")
            }
        }
        return found
    }

    @Test func sameRowsFromTheClusterAndFromFiles() async throws {
        let plane = try ControlPlane([])
        try await ClusterScript.create(Self.objects, in: plane)
        let file = try plane.folder.write(Self.objects, to: "objects.yaml")
        let files = try failures(["--manifests", file])
        let cluster = try failures(["--kubeconfig", plane.kubeconfig, "--request-timeout", "20s"])
        #expect(
            Set(files.keys).isSuperset(of: [
                "Deployment/web", "StatefulSet/db", "DaemonSet/agent", "ReplicaSet/alone", "Job/once",
                "CronJob/nightly", "ConfigMap/settings", "Ingress/web", "ClusterRole/shell", "RoleBinding/shell",
            ]))
        for (object, wanted) in files {
            let got = cluster[object] ?? []
            for one in wanted.symmetricDifference(got) {
                let check = String(one.prefix { $0 != " " })
                #expect(
                    Self.defaulted[check] != nil,
                    "\(object): \(one) is found \(wanted.contains(one) ? "in the file" : "in the cluster") only")
            }
        }
        // The differences are there, and are what they are said to be.
        #expect(cluster["HorizontalPodAutoscaler/web"]?.contains { $0.hasPrefix("hpaMinAvailability") } == true)
        #expect(files["HorizontalPodAutoscaler/web"] == nil)
        #expect(cluster["Deployment/web"]?.contains { $0.hasPrefix("pdbMinAvailableGreaterThanHPA") } == true)
        #expect(files["Deployment/web"]?.contains { $0.hasPrefix("pdbMinAvailableGreaterThanHPA") } == false)
        #expect(files["Deployment/web"]?.contains { $0.hasPrefix("pullPolicyNotAlways app") } == true)
        #expect(cluster["Deployment/web"]?.contains { $0.hasPrefix("pullPolicyNotAlways app") } == false)
        // Nothing else in that namespace: what the server made by itself is not the user's.
        #expect(
            cluster["Deployment/web"]?.contains {
                $0.hasPrefix("missingPodDisruptionBudget") || $0.hasPrefix("missingNetworkPolicy")
                    || $0.hasPrefix("automountServiceAccountToken")
            } == false)
        #expect(
            cluster["Deployment/web"]?.contains { $0.hasPrefix("hostPortSet") } == false, "defaulted under hostNetwork")
    }

    /// The seed's way: a rule file, and one's own rows first.
    @Test func aRuleFileOverTheClusterAndThroughAPipe() async throws {
        let plane = try ControlPlane([])
        try await ClusterScript.create(Self.objects, in: plane)
        let rule = try plane.folder.write(
            "checks: { imageFromUnauthorizedRegistry: warning, nobody: danger }\ncustomChecks:\n  imageFromUnauthorizedRegistry:\n    promptMessage: The image is not from our registry.\n    category: Images\n    target: Container\n    schema: { type: object, properties: { image: { type: string, pattern: '^reg:5000' } } }\n",
            to: "rule.yaml")
        let (status, text) = try Child.run([
            Products.aggregator, "report", "--kubeconfig", plane.kubeconfig, "-f", rule, "-n", "shop", "--limit", "0",
        ])
        let lines = text.split(separator: "\n").map(String.init)
        let table = lines.firstIndex { $0.hasPrefix("NAMESPACE") && $0.contains("KIND") }
        #expect(status == 0, "\(text)")
        #expect(table.map { lines[$0 + 1].hasSuffix("[imageFromUnauthorizedRegistry]") } == true, "\(text)")
        #expect(text.contains("note: "))
        #expect(text.contains("rule.yaml:1:51: error: checks.nobody: no check has this name"))
        let line =
            1
            + (Self.objects.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
                $0.hasSuffix("  image: nginx")
            } ?? -1)
        let pipe = try Child.run([
            "/bin/sh", "-c",
            "cat \(try plane.folder.write(Self.objects, to: "o.yaml")) | \(Products.aggregator) report --manifests - -f \(rule) -o wide --limit 0",
        ])
        #expect(pipe.status == 0, "\(pipe.output)")
        #expect(
            pipe.output.contains(
                "spec.template.spec.containers[0].image = \"nginx\" must match ^reg:5000 (stdin:\(line):9)"),
            "\(pipe.output)")
    }
}
