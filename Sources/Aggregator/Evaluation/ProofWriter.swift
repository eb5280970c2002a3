import Checks
import Findings
import Platform

/// Writes the proof of an incident from the search that found it.
struct ProofWriter {
    /// By check, the checks that can cause it.
    private static let causing = Dictionary(
        uniqueKeysWithValues: Catalogue.builtIn.entries.map { ($0.id, Catalogue.builtIn.checks(causing: $0)) })

    private let search: CauseSearch
    private let state: EvaluatedState
    private let gaps: [String: [ObservationGap]]
    /// The worst findings of each node, which a reader would ask about.
    private var worst: [String: [Int]] = [:]

    init(_ search: CauseSearch, _ state: EvaluatedState) {
        self.search = search
        self.state = state
        gaps = Dictionary(grouping: state.gaps, by: \.check)
        var all: [String: [Int]] = [:]
        for (index, finding) in search.findings.enumerated()
        where finding.object.kind == "Node" && finding.severity >= .danger && !finding.node.isEmpty {
            all[finding.node, default: []].append(index)
        }
        worst = all.mapValues { places in
            Array(
                places.sorted {
                    let a = search.findings[$0], b = search.findings[$1]
                    return a.severity != b.severity ? a.severity > b.severity : (a.first, a.id) < (b.first, b.id)
                }.prefix(IncidentProof.refusedMax))
        }
    }

    /// - Parameters:
    ///   - lead: its place among the findings.
    ///   - effects: the places of the others.
    func proof(_ lead: Int, _ effects: [Int]) -> IncidentProof {
        var proof = IncidentProof()
        for effect in effects.prefix(IncidentProof.linksMax) {
            guard let link = search.parents[effect] else { continue }
            let mechanism = search.mechanism(link)
            proof.links.append(
                IncidentProof.Link(
                    cause: end(link.cause), effect: end(effect), mechanism: mechanism.id, scope: mechanism.scope,
                    words: mechanism.words))
        }
        proof.refused = refused(lead, Set(effects + [lead]))
        proof.gaps = gaps(lead, effects)
        return proof
    }

    private func end(_ index: Int) -> IncidentProof.End {
        let finding = search.findings[index], object = finding.object
        let place = object.namespace.isEmpty ? "" : object.namespace + "/"
        let evidence =
            finding.evidence.map { "\($0.source):\($0.origin)" }
            + finding.events.map { "event:\($0.namespace)/\($0.name)" }
        var seen: Set<String> = []
        return IncidentProof.End(
            finding: finding.id, check: finding.check,
            object: "\(object.kind.lowercased())/\(place)\(object.name.isEmpty ? object.uid : object.name)",
            began: finding.began,
            evidence: Array(evidence.filter { seen.insert($0).inserted }.prefix(Evidence.perFindingMax)))
    }

    // MARK: Ruled out

    private func refused(_ lead: Int, _ members: Set<Int>) -> [IncidentProof.Refused] {
        var found = search.refused(lead, max: IncidentProof.refusedMax).filter { !members.contains($0.cause) }
            .map { IncidentProof.Refused(finding: end($0.cause), refusal: $0.refusal) }
        let finding = search.findings[lead]
        for other in worst[finding.node] ?? []
        where !members.contains(other) && found.count < IncidentProof.refusedMax
            && !found.contains(where: { $0.finding.finding == search.findings[other].id })
        {
            let began = search.findings[other].began
            let later = began.flatMap { began in finding.began.map { began.seconds(since: $0) } } ?? 0
            let isLater = later > Mechanism.slackSecondsDefault
            found.append(
                IncidentProof.Refused(finding: end(other), refusal: isLater ? .later(later) : .noMechanism))
        }
        return found
    }

    // MARK: Not observed

    /// Checks that could have led to the lead and were not observed where it is, and what of the links is not known.
    private func gaps(_ lead: Int, _ effects: [Int]) -> [IncidentProof.Gap] {
        var found: [IncidentProof.Gap] = []
        func add(_ gap: IncidentProof.Gap) {
            if found.count < IncidentProof.gapsMax, !found.contains(gap) { found.append(gap) }
        }
        let finding = search.findings[lead]
        for effect in effects {
            guard let link = search.parents[effect] else { continue }
            let cause = search.findings[link.cause]
            if cause.began == nil {
                add(
                    .init(
                        check: cause.check, scope: end(link.cause).object, unknown: .began))
            }
            if search.mechanism(link).scope == .device, search.findings[effect].object.kind == "Pod",
                DeviceNames.disks(search.findings[effect]).isEmpty
            {
                add(
                    .init(
                        check: search.findings[effect].check, scope: end(effect).object, unknown: .device))
            }
        }
        for check in Self.causing[finding.check] ?? [] {
            let gap = gaps[check]?.first { gap in
                gap.reason != .notConfigured
                    && (gap.node.isEmpty
                        ? gap.reason == .noAgent && !finding.node.isEmpty || gap.scope == "cluster"
                        : gap.node == finding.node)
            }
            guard let gap else { continue }
            add(
                .init(
                    check: check, scope: gap.node.isEmpty ? gap.scope : gap.node,
                    unknown: .check(gap.reason, detail: gap.detail)))
        }
        return found
    }
}
