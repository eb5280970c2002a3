import Checks
import ClusterIndex
import Findings
import KubernetesAPI
import Platform

/// What the objects of findings use or are about, by the API's fields and not by texts. Causes are looked for along it.
struct RelationStep {
    /// Objects that one finding is related to.
    static let relatedMax = 64
    /// Groups of the metrics APIs by what an autoscaler says that it could not get.
    private static let metricGroups = [
        "FailedGetResourceMetric": "metrics.k8s.io", "FailedGetContainerResourceMetric": "metrics.k8s.io",
        "FailedGetPodsMetric": "custom.metrics.k8s.io", "FailedGetObjectMetric": "custom.metrics.k8s.io",
        "FailedGetExternalMetric": "external.metrics.k8s.io",
    ]

    let view: ClusterView

    func fill(_ findings: inout [EvaluatedFinding.Content]) {
        for index in findings.indices { fill(&findings[index]) }
    }

    private func fill(_ finding: inout EvaluatedFinding.Content) {
        let object = finding.detection.object, index = view.index
        var related: [ObjectReference] = []
        switch object.kind {
        case "Pod":
            guard let pod = index.pods[object.namespace, object.name] else { return }
            finding.isRecovered = pod.isReady
            related = pod.claims.map {
                ObjectReference(kind: "PersistentVolumeClaim", namespace: object.namespace, name: $0)
            }
        case "Service": related = owners(of: object.namespace, object.name)
        case "Ingress":
            related = (index.ingresses[object.namespace, object.name]?.backends ?? []).map {
                ObjectReference(kind: "Service", namespace: object.namespace, name: $0.service)
            }
        case "ValidatingWebhookConfiguration":
            related = webhook(index.validatingwebhookconfigurations[object.name], finding.detection.subject)
        case "MutatingWebhookConfiguration":
            related = webhook(index.mutatingwebhookconfigurations[object.name], finding.detection.subject)
        case "APIService": related = index.apiservices[object.name]?.service.map(service) ?? []
        case "HorizontalPodAutoscaler": related = metricsAPIs(finding)
        case "ResourceQuota": related = refused(finding)
        case "Component" where finding.detection.check == "DNSUnhealthy":
            related = ["kube-system", "openshift-dns"].flatMap { namespace in
                index.services[namespace, object.name] == nil
                    ? [] : service(ServiceTarget(namespace: namespace, name: object.name))
            }
        default: return
        }
        finding.relates = Array(related.prefix(Self.relatedMax))
    }

    private func webhook(_ configuration: WebhookConfigurationRecord?, _ name: String) -> [ObjectReference] {
        configuration?.webhooks.first { $0.name == name }?.service.map(service) ?? []
    }

    /// A Service and the workloads behind it.
    private func service(_ target: ServiceTarget) -> [ObjectReference] {
        [ObjectReference(kind: "Service", namespace: target.namespace, name: target.name)]
            + owners(of: target.namespace, target.name)
    }

    private func owners(of namespace: String, _ name: String) -> [ObjectReference] {
        guard let service = view.index.services[namespace, name], !service.selector.isEmpty else { return [] }
        let pods = view.pods(in: namespace, matching: service.selector)
        let owners = Set(pods.map { Self.plain(view.owner(of: $0)) })
        return owners.sorted { ($0.kind, $0.name) < ($1.kind, $1.name) }
    }

    private func metricsAPIs(_ finding: EvaluatedFinding.Content) -> [ObjectReference] {
        let reasons = [finding.detection.reason] + finding.events.map(\.reason)
        let groups = Set(reasons.compactMap { Self.metricGroups[$0] })
        return view.index.apiservices.records.filter { service in
            service.name.firstIndex(of: ".").map { groups.contains(String(service.name[$0...].dropFirst())) } ?? false
        }.map { ObjectReference(kind: "APIService", name: $0.name) }
    }

    /// The workloads whose pods a quota refused.
    private func refused(_ finding: EvaluatedFinding.Content) -> [ObjectReference] {
        var found: [ObjectReference] = []
        for event in finding.events {
            let object = workload(Self.plain(event.involved))
            if !found.contains(object) { found.append(object) }
        }
        return found
    }

    private func workload(_ object: ObjectReference) -> ObjectReference {
        if object.kind == "ReplicaSet", let dash = object.name.lastIndex(of: "-"),
            view.index.deployments[object.namespace, String(object.name[..<dash])] != nil
        {
            return ObjectReference(
                kind: "Deployment", namespace: object.namespace, name: String(object.name[..<dash]))
        }
        if object.kind == "Job", let job = view.index.jobs[object.namespace, object.name], job.ownerKind == "CronJob" {
            return ObjectReference(kind: "CronJob", namespace: object.namespace, name: job.ownerName)
        }
        return object
    }

    static func plain(_ object: ObjectReference) -> ObjectReference {
        ObjectReference(kind: object.kind, namespace: object.namespace, name: object.name)
    }
}
