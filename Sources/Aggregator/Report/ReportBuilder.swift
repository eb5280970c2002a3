import CheckModel
import Checks
package import Evaluation
import Findings
import KubernetesAPI
import Platform
import Practice
import RuleEngine
import Wire

/// Makes the report from the evaluated state. A pure function: the same state gives the same report, byte for byte.
package struct ReportBuilder: Sendable {
    package let state: EvaluatedState
    package let options: ReportOptions

    private var now: Timestamp { state.generatedAt }
    private var language: Language { Language(rawValue: options.language) ?? .en }

    package init(state: EvaluatedState, options: ReportOptions) {
        let language = Language(rawValue: options.language) ?? .en
        self.state = options.isLimited ? state.limited(to: options.namespace ?? "", language) : state
        self.options = options
    }

    package func build() -> Report { content().report }

    /// The same, with findings and rows made as they are read.
    package func content() -> ReportContent {
        let selector = options.selector.flatMap { LabelSelector(parsing: $0) }
        let findings = state.findings.filter { isWanted($0, selector) }
        let shown = findings.filter { $0.severity >= options.severity }
        let unobserved = unobserved()
        let found = state.foundIncidents(of: shown.filter { $0.severity > .info && $0.acknowledgedBy == nil })
        let groups = found.groups
        let incidentOf = IncidentIDs(groups)
        let agents = state.agents.filter { options.node == nil || $0.name == options.node }
        let checks = checkCounts()
        let practice = PracticeReport(
            state: state.practice, options: options, language: language, time: ReportTime(now))
        let resolved = state.resolved.filter { isWanted($0, selector) }
        var summary = summary(findings, practice, unobserved, selector)
        summary.incidents = Self.count(groups)
        let head = Report(
            generatedAt: ReportTime(now), window: GoDuration.brief(options.windowSeconds),
            generation: state.generation.map { Report.Generation(number: $0.number) }, cluster: cluster(agents),
            summary: summary, incidents: [],
            findings: [], unobserved: unobserved, resolved: [], checks: checks, tables: Report.Tables(),
            nodes: agents.map(nodeState), observedChecks: checks.count { $0.finding + $0.healthy > 0 },
            expiredOverrides: state.expiredOverrides.filter { isInScope($0.namespaces) }.map(Self.text).sorted(),
            dropped: state.dropped,
            practice: practice.summary, manifests: state.manifests)
        let items = practice.items
        return ReportContent(
            head: head,
            incidents: OnDemand(count: groups.count) {
                incident(options.hasDetail ? found.proven(groups[$0]) : groups[$0])
            },
            findings: OnDemand(count: shown.count + items.count) { place in
                place < shown.count
                    ? item(shown[place], incidentOf[shown[place].id] ?? "") : items[place - shown.count]
            },
            resolved: OnDemand(count: resolved.count) { item(resolved[$0], "") },
            tables: TableBuilder(now: now, words: ReportWords(language)).tables(shown, practice),
            worst: [practice.worst, findings.filter { $0.acknowledgedBy == nil }.map(\.severity).max()]
                .compactMap { $0 }.max())
    }

    private func isWanted(_ finding: EvaluatedFinding, _ selector: LabelSelector?) -> Bool {
        let object = finding.object
        if let node = options.node, finding.node != node { return false }
        // What belongs to no namespace explains what happens in all.
        if let namespace = options.namespace, !object.namespace.isEmpty, object.namespace != namespace { return false }
        if let selector, !selector.matches(finding.labels) { return false }
        return true
    }

    /// A reader of one namespace sees nothing of the others.
    /// - Parameter namespaces: empty: it is about none, or about all.
    private func isInScope(_ namespaces: [String]) -> Bool {
        guard let namespace = options.namespace, !namespaces.isEmpty else { return true }
        return namespaces.contains(namespace)
    }

    private func isInScope(_ gap: ObservationGap) -> Bool {
        let isAboutNoNamespace =
            !gap.node.isEmpty || gap.scope == "cluster" || state.nodes[gap.scope] != nil || gap.scope.contains(" ")
            || state.manifests != nil
        return isAboutNoNamespace || isInScope([gap.scope])
    }

    private static func text(_ entry: OverrideSet.Entry) -> String {
        let named = entry.checks + entry.rules
        let what = named.isEmpty ? "all checks" : named.joined(separator: ", ")
        return
            "\(entry.place): \(what), until \(entry.until?.utcRFC3339 ?? "-")\(entry.reason.isEmpty ? "" : ": \(entry.reason)")"
    }

    private func cluster(_ agents: [Snapshot.Node]) -> Report.Cluster {
        let names = options.node.map { name in state.nodes.filter { $0.key == name } } ?? state.nodes
        return Report.Cluster(
            name: state.clusterName, version: state.clusterVersion, nodes: names.count,
            ready: names.values.count { $0.isReady }, leaving: names.values.count { $0.isLeaving },
            scanned: state.hasCluster ? state.scannedAt.map { ReportTime($0) } : nil,
            eventsSince: state.eventsSince.map { ReportTime($0) }, notes: state.notes)
    }

    private func summary(
        _ findings: [EvaluatedFinding], _ practice: PracticeReport, _ unobserved: [Report.Unobserved],
        _ selector: LabelSelector?
    ) -> Report.Summary {
        var summary = Report.Summary()
        for severity in findings.map(\.severity) + practice.severities {
            switch severity {
            case .fatal: summary.fatal += 1
            case .danger: summary.danger += 1
            case .warning: summary.warning += 1
            case .info: summary.info += 1
            }
        }
        summary.new = findings.count {
            $0.severity > .info && now.seconds(since: $0.first) <= options.windowSeconds
        }
        summary.unobserved = Set(unobserved.filter { !$0.reason.isExpected }.map(\.check)).count
        summary.silenced = state.silenced.count { isWanted($0, selector) } + state.practice.silenced
        summary.acknowledged = findings.count { $0.acknowledgedBy != nil } + practice.acknowledged
        return summary
    }

    /// Agents send the English words of a rule; of the built-in ones the others are here.
    private static let chineseRemedies: [String: String] = Dictionary(
        BuiltInRules.files.flatMap(\.rules).filter { !$0.remedy.zh.isEmpty }.map { ($0.id, $0.remedy.zh) }
    ) { first, _ in first }

    /// With the names of the finding in it.
    private func remedy(_ finding: EvaluatedFinding) -> String {
        let detection = finding.detection
        let description = Catalogue.builtIn[detection.check]
        let remedy =
            language == .zh
            ? Self.chineseRemedies[detection.rule] ?? description?.remedy.zh ?? detection.remedy : detection.remedy
        return CommandNames(finding: finding, hasCluster: state.hasCluster)
            .text(remedy.isEmpty ? description?.remedy(language) ?? "" : remedy)
    }

    private func item(_ finding: EvaluatedFinding, _ incident: String) -> Report.Item {
        let detection = finding.detection
        let description = Catalogue.builtIn[detection.check]
        return Report.Item(
            id: finding.id, check: detection.check,
            alias: description?.aliases.first ?? detection.check,
            rule: detection.rule, also: detection.also.sorted(), severity: detection.severity,
            level: description?.severity ?? detection.severity, object: detection.object, node: finding.node,
            subject: detection.subject, owner: finding.owner.map(Self.name) ?? "", reason: detection.reason,
            message: detection.message,
            remedy: remedy(finding), commands: CommandNames(finding: finding, hasCluster: state.hasCluster).commands(),
            first: ReportTime(finding.first), last: ReportTime(finding.last), count: finding.count, incident: incident,
            isState: finding.isState, condition: finding.condition, isDemo: finding.isDemo,
            acknowledgedBy: finding.acknowledgedBy ?? "", resolved: finding.resolvedAt.map { ReportTime($0) },
            // Only formats that show it have it made: there may be tens of thousands.
            evidence: !options.hasDetail
                ? []
                : proofs(finding))
    }

    /// A plain event is its own evidence.
    private func proofs(_ finding: EvaluatedFinding) -> [Report.Item.Proof] {
        if finding.evidence.isEmpty {
            return finding.events.prefix(Evidence.perFindingMax).map {
                .init(
                    source: "event", origin: "\($0.namespace)/\($0.name)", time: ReportTime($0.time), count: 1,
                    text: $0.message)
            }
        }
        return finding.evidence.map {
            .init(source: $0.source, origin: $0.origin, time: ReportTime($0.time), count: 1, text: $0.text)
        }
    }

    static func name(_ object: ObjectReference) -> String {
        "\(object.kind) \(object.namespace.isEmpty ? "" : object.namespace + "/")\(object.name)"
    }

    private func nodeState(_ node: Snapshot.Node) -> Report.NodeState {
        Report.NodeState(
            name: node.name, lastReport: ReportTime(node.lastReport), isReporting: !state.silent.contains(node.name),
            rules: node.vitals.rulesDigest, kernel: node.vitals.kernel, linesRead: node.vitals.linesRead,
            residentBytes: node.vitals.residentBytes, otherConditions: state.nodes[node.name]?.otherConditions ?? [])
    }

    private func incident(_ group: IncidentGrouping.Group) -> Report.Incident {
        let lead = group.lead
        let words = ReportWords(language)
        var parts = [TextSafety.printable(lead.detection.message)]
        // The worst is what somebody must act on, also where a milder finding led to it.
        if let worst = group.worst {
            parts.append(
                "\(worst.check) \(IncidentGrouping.name(worst)): \(TextSafety.printable(worst.detection.message))")
        }
        let message = parts.joined(separator: "; ")
        let common = group.common.isEmpty ? "" : words.all(group.common.joined(separator: " "))
        if !common.isEmpty { parts.append(common) }
        var radius: [String] = []
        if group.pods > 1 { radius.append(words.pods(group.pods)) }
        let lost = group.lost.filter { isInScope([$0.namespace]) }
        if !lost.isEmpty { radius.append(words.lost(lost.count)) }
        if !radius.isEmpty { parts.append(radius.joined(separator: words.comma)) }
        let more = group.findings.count - 1
        let events = group.findings.filter { $0.table == .events }.count - (lead.table == .events ? 1 : 0)
        let tail = more == 0 ? "" : more == events ? words.moreEvents(more) : words.more(more)
        return Report.Incident(
            id: group.id, severity: group.severity, since: ReportTime(group.since), object: group.object,
            cause: lead.detection.check, summary: parts.joined(separator: "; ") + tail,
            findings: group.findings.map(\.id).sorted(), nodes: group.nodes.sorted(), pods: group.pods,
            lost: lost.map(Self.name), common: group.common,
            proof: options.hasDetail ? Report.Proof(group.proof, language) : nil,
            action: Report.Incident.Action(
                finding: lead.id, message: message,
                scope: (radius + [common]).filter { !$0.isEmpty }.joined(separator: words.comma),
                because: TextSafety.printable(IncidentReason(group, words).text),
                remedy: remedy(lead), commands: CommandNames(finding: lead, hasCluster: state.hasCluster).commands(),
                why: why(group)))
    }

    /// The object itself where the incident is of one; else the incident.
    private func why(_ group: IncidentGrouping.Group) -> String {
        guard IncidentGrouping.name(group.lead) == group.object else { return group.id }
        return CommandNames.why(group.lead.owner ?? group.lead.object) ?? CommandNames.why(group.lead.object)
            ?? group.id
    }

    private static func count(_ groups: [IncidentGrouping.Group]) -> Report.Summary.IncidentCount {
        var count = Report.Summary.IncidentCount()
        for group in groups {
            switch group.severity {
            case .fatal: count.fatal += 1
            case .danger: count.danger += 1
            case .warning: count.warning += 1
            case .info: break
            }
        }
        return count
    }

    private func checkCounts() -> [Report.CheckCount] {
        state.outcomes.map { check, count in
            Report.CheckCount(id: check, finding: count.finding, healthy: count.healthy, unobserved: count.unobserved)
        }.sorted { $0.id < $1.id }
    }

    /// Equal checks, sources and reasons of several nodes or places are one row.
    private func unobserved() -> [Report.Unobserved] {
        struct Key: Hashable {
            var check: String
            var source: String
            var reason: UnobservedReason
            /// Gaps of nodes are one row, others keep their place.
            var scope: String
        }
        let gaps = state.gaps.filter {
            (options.node == nil || $0.node.isEmpty || $0.node == options.node) && isInScope($0)
        }
        let groups = Dictionary(grouping: gaps) { gap in
            Key(check: gap.check, source: gap.source, reason: gap.reason, scope: gap.node.isEmpty ? gap.scope : "")
        }
        let total = options.node == nil ? max(state.nodes.count, state.agents.count) : 1
        return groups.map { key, entries in
            let names = Set(entries.map(\.node))
            let scope =
                !key.scope.isEmpty ? key.scope : names.count == 1 ? entries[0].node : "\(names.count) of \(total) nodes"
            return Report.Unobserved(
                check: key.check, scope: scope, source: key.source, reason: key.reason,
                since: ReportTime(entries.compactMap(\.since).min()),
                detail: TextSafety.printable(entries.map(\.detail).min() ?? "")
                    + (key.scope.isEmpty || entries.count == 1 ? "" : " (+\(entries.count - 1) more)"))
        }.sorted {
            ($0.check, $0.scope, $0.source, $0.reason.rawValue) < ($1.check, $1.scope, $1.source, $1.reason.rawValue)
        }
    }
}
