import Checks
import ClusterIndex
import Evaluation
import Findings
import KubernetesAPI
import Platform

/// Timelines of objects without one of their own kind, and of incidents.
extension WhyReader {
    /// Events, findings and pods of any object that a row can name.
    /// - Parameter kind: in lower case.
    func anyObject(
        _ kind: String, _ name: String, _ builder: inout TimelineBuilder, _ gaps: inout [String]
    ) async throws(APIError) -> Timeline {
        let known = KindNames.named(kind)
        let namespace = namespace
        let isAbout: (ObjectReference) -> Bool = {
            $0.kind.lowercased() == kind && $0.name == name && ($0.namespace.isEmpty || $0.namespace == namespace)
        }
        let findings = (state.findings + state.resolved).filter { isAbout($0.object) || $0.owner.map(isAbout) ?? false }
        var exists = !findings.isEmpty
        if let known, let group = known.group {
            do throws(APIError) {
                let page = try await object(
                    "\(group)/namespaces/\(namespace.urlEscaped)/\(known.others[0])", kind, name)
                exists = true
                if let object = Self.only(page) {
                    let created = object["metadata"]?["creationTimestamp"].flatMap { KubernetesTime.parse($0) }
                    builder.add(created, nil, kind, "\(kind)/\(name)", "created", isChange: true)
                    builder.addOwners(of: object, name: "\(kind)/\(name)")
                }
            } catch {
                if error.kind == .notFound { throw error }
                gaps.append(error.brief)
            }
        }
        for finding in findings { Self.add(finding, &builder) }
        let before = builder.moments.count
        let proper = known?.kind ?? findings.first { isAbout($0.object) }?.object.kind
        let named = "involvedObject.name=\(name)"
        await addEvents(nil, proper.map { "involvedObject.kind=\($0),\(named)" } ?? named, &builder, &gaps)
        exists = exists || builder.moments.count > before
        let view = ClusterView(index, scope: .namespace(namespace), clock: now)
        let pods = index.pods.records.filter { $0.namespace == namespace && isAbout(view.owner(of: $0)) }
        for pod in pods {
            builder.addPod(pod, isMain: false)
            if !pod.isReady { await addNode(of: pod, &builder) }
        }
        addEvents(of: pods, &builder)
        guard exists || !pods.isEmpty else {
            throw APIError(
                .notFound, "nothing is known of \(kind) '\(name)' in namespace \(namespace)", request: "GET events")
        }
        let open = findings.count { $0.resolvedAt == nil }
        let ready = pods.isEmpty ? "" : ", \(pods.count { $0.isReady }) of \(counted(pods.count, "pod")) ready"
        let isNamed = findings.contains { !$0.object.namespace.isEmpty } || !pods.isEmpty || known?.group != nil
        return Self.timeline(
            "\(kind)/\(isNamed ? "\(namespace)/" : "")\(name)", "\(counted(open, "finding"))\(ready)", state
        ) { group in
            group.findings.contains { isAbout($0.object) || $0.owner.map(isAbout) ?? false }
        }
    }

    /// Everything that one incident consists of.
    /// - Parameter id: the incident's, or a finding's.
    func incident(_ id: String, _ builder: inout TimelineBuilder) throws(APIError) -> Timeline {
        let found = state.foundIncidents(of: state.findings.filter { $0.severity > .info && $0.acknowledgedBy == nil })
        guard
            let group = found.groups.first(where: { $0.id == id })
                ?? found.groups.first(where: { $0.findings.contains { $0.id == id } })
        else {
            throw APIError(
                .notFound, "no incident and no finding has the id \(id) now; it may be over", request: "GET incident")
        }
        for finding in group.findings { Self.add(finding, &builder) }
        return Self.timeline(
            "incident/\(group.id)", "\(group.object): \(counted(group.findings.count, "finding"))", state
        ) { $0.id == group.id }
    }

    private static func add(_ finding: EvaluatedFinding, _ builder: inout TimelineBuilder) {
        let object = finding.object
        let place = object.namespace.isEmpty ? "" : "\(object.namespace)/"
        builder.add(
            finding.first, finding.severity, "check", "\(object.kind.lowercased())/\(place)\(object.name)",
            "\(finding.check): \(finding.detection.message)", count: finding.count)
        builder.add(
            finding.resolvedAt, nil, "check", "\(object.kind.lowercased())/\(place)\(object.name)",
            "\(finding.check) ended")
    }
}
