import Checks
import Evaluation
import Findings
import Platform

/// In a word why an incident is believed: what its lead is, where that was seen, and what it explains.
struct IncidentReason {
    /// Of several sources the others are counted.
    private static let sourcesMax = 3

    let text: String

    init(_ group: IncidentGrouping.Group, _ words: ReportWords) {
        let lead = group.lead
        let title = Catalogue.builtIn[lead.check]?.title(words.language) ?? lead.detection.reason
        var parts = [title, Self.sources(lead, words)]
        if let link = group.proof.links.first {
            let more = group.findings.count - 1
            parts.append(words.explains(more, link.words(words.language)))
        }
        text = parts.filter { !$0.isEmpty }.joined(separator: words.isChinese ? "；" : "; ")
    }

    /// `condition Ready, event ×3`.
    private static func sources(_ finding: EvaluatedFinding, _ words: ReportWords) -> String {
        var order: [String] = [], counts: [String: Int] = [:]
        func add(_ source: String, _ count: Int) {
            if counts[source] == nil { order.append(source) }
            counts[source, default: 0] += count
        }
        for evidence in finding.evidence where evidence.source != "event" { add(evidence.source, 1) }
        for event in finding.events { add("event", max(1, event.count)) }
        if finding.events.isEmpty { for one in finding.evidence where one.source == "event" { add(one.source, 1) } }
        if order.isEmpty { return "" }
        let shown = order.prefix(sourcesMax).map { source in
            let count = counts[source] ?? 1
            return count > 1 ? "\(source) ×\(count)" : source
        }
        return words.seen(shown.joined(separator: ", ")) + (order.count > sourcesMax ? ", …" : "")
    }
}
