package import Findings
package import KubernetesAPI
import Platform

/// What is kept of a Pod: identity, owner, node, phase, and the status of its containers.
/// A hundred thousand of them must fit.
package final class PodRecord: ClusterRecord {
    package let metadata: RecordMetadata
    package let node: String
    package let phase: String
    /// `Evicted`, `Shutdown`, `Preempting`, …
    package let reason: String
    package let message: String
    package let ownerKind: String
    package let ownerName: String
    package let labels: LabelSet
    package let scheduler: String
    package let ready: PodCondition?
    package let scheduled: PodCondition?
    /// Conditions that say why it does not run: those of `troubleTypes`, where they say something bad.
    private let troubles: [Trouble]
    package let hasGates: Bool
    let graceSeconds: Double
    package let claims: [String]
    package let containers: [ContainerRecord]
    /// The id that names a static pod's cgroup; its API object has another UID.
    package let configHash: String
    /// Arguments of control-plane containers; nothing for all others.
    package let arguments: [String]

    package var namespace: String { metadata.namespace }
    package var name: String { metadata.name }
    package var reference: ObjectReference { metadata.reference("Pod") }
    package var isReady: Bool { ready?.status == "True" }
    /// It has ended and will not run again.
    package var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }

    /// A condition of a pod with the type that it has.
    private struct Trouble: Sendable {
        let type: String
        let condition: PodCondition
    }

    /// What is looked for, each with the status that is bad (core/v1, PodConditionType).
    private static let troubleTypes: [(type: StaticString, bad: StaticString)] = [
        ("Initialized", "False"), ("PodReadyToStartContainers", "False"), ("DisruptionTarget", "True"),
    ]

    /// A condition that says something bad, by its type: `Initialized`, `PodReadyToStartContainers` or
    /// `DisruptionTarget`.
    package func trouble(_ type: String) -> PodCondition? { troubles.first { $0.type == type }?.condition }

    package static var isMentioned: Bool { true }

    package func eachGroup(_ visit: (Int) -> Void) { if !node.isEmpty { visit(RecordKey.node(node)) } }

    package func eachAlias(_ visit: (Int) -> Void) {
        if metadata.compactUID != .text("") { visit(RecordKey.uid(metadata.compactUID)) }
        if !configHash.isEmpty { visit(RecordKey.uid(CompactUID(configHash))) }
    }

    /// Services, claims and budgets of its namespace look at it; events about it lie where it lies, or where it was.
    package func scopes(in index: ClusterIndex) -> [ClusterScope] {
        [index.scope(of: self), .namespace(namespace)]
            + index.events.records(in: RecordKey.involved("Pod", namespace, name)).map { index.scope(of: $0) }
    }

    package init?(_ object: JSONValue, _ texts: inout TextInterner) {
        guard let metadata = RecordMetadata(object, &texts) else { return nil }
        self.metadata = metadata
        let meta = object["metadata"], spec = object["spec"], status = object["status"]
        node = texts.text(spec?["nodeName"])
        phase = texts.text(status?["phase"])
        reason = texts.text(status?["reason"])
        message = texts.text(status?["message"])
        let owner = meta?.list("ownerReferences").first { $0["controller"]?.bool ?? false }
        ownerKind = texts.text(owner?["kind"])
        ownerName = texts.text(owner?["name"])
        labels = texts.labels(meta?["labels"])
        scheduler = texts.text(spec?["schedulerName"])
        hasGates = spec?["schedulingGates"]?.elements.first { _ in true } != nil
        graceSeconds = meta?["deletionGracePeriodSeconds"]?.double ?? 30
        configHash = texts.text(meta?["annotations"]?["kubernetes.io/config.hash"])
        var ready: PodCondition?, scheduled: PodCondition?, troubles: [Trouble] = []
        for condition in status?.list("conditions") ?? object.list("conditions") {
            if condition["type"]?.equals("Ready") == true { ready = PodCondition(condition, &texts) }
            if condition["type"]?.equals("PodScheduled") == true { scheduled = PodCondition(condition, &texts) }
            for (type, bad) in Self.troubleTypes
            where condition["type"]?.equals(type) == true && condition["status"]?.equals(bad) == true
                && troubles.count < Self.troubleTypes.count
            {
                troubles.append(
                    Trouble(type: texts.text(condition["type"]), condition: PodCondition(condition, &texts)))
            }
        }
        self.troubles = troubles
        self.ready = ready
        self.scheduled = scheduled
        var claims: [String] = []
        for volume in spec?.list("volumes") ?? object.list("volumes") {
            if let claim = volume["persistentVolumeClaim"]?["claimName"] { claims.append(texts.text(claim)) }
        }
        self.claims = claims
        var containers: [ContainerRecord] = []
        for container in status?.list("initContainerStatuses") ?? object.list("initContainerStatuses") {
            containers.append(ContainerRecord(container, isInit: true, &texts))
        }
        if !containers.isEmpty {
            // Only the specification says which of them are sidecars, which run as long as the pod.
            for container in spec?.list("initContainers") ?? object.list("initContainers")
            where container["restartPolicy"]?.equals("Always") == true {
                let name = container["name"]?.string
                for place in containers.indices where containers[place].name == name {
                    containers[place].isSidecar = true
                }
            }
        }
        for container in status?.list("containerStatuses") ?? object.list("containerStatuses") {
            containers.append(ContainerRecord(container, isInit: false, &texts))
        }
        self.containers = containers
        var arguments: [String] = []
        if labels.labels["component"] != nil, metadata.namespace == "kube-system" {
            for container in spec?.list("containers") ?? object.list("containers") {
                arguments += (container.list("command").map { $0 } + container.list("args").map { $0 }).compactMap(
                    \.string)
            }
        }
        self.arguments = arguments
    }
}
