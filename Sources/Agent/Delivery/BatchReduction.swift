import Findings
import Platform
import Wire

/// How much of a batch is left out so that it fits, or is taken by an aggregator that refused it. Counts are in every
/// form.
enum BatchReduction: Int, Comparable {
    case none
    /// Without evidence texts.
    case withoutEvidence
    /// Without evidence, remedies and the ends of long texts.
    case shortTexts
    /// One `LogGap` of each source, with as many records as its findings stood for.
    case countsAlone

    /// A text's size in the form with short texts.
    static let shortBytesMax = 256

    static func < (a: BatchReduction, b: BatchReduction) -> Bool { a.rawValue < b.rawValue }

    /// The next smaller form; nil: there is none.
    var next: BatchReduction? { BatchReduction(rawValue: rawValue + 1) }

    func apply(to batch: inout Batch) {
        if self == .none { return }
        for source in batch.sources.indices {
            if self == .countsAlone {
                batch.sources[source].occurrences = Self.sum(batch.sources[source], node: batch.node).map { [$0] } ?? []
                continue
            }
            for index in batch.sources[source].occurrences.indices {
                batch.sources[source].occurrences[index].evidence = []
                if self == .shortTexts { Self.shorten(&batch.sources[source].occurrences[index].detection) }
            }
        }
        for index in batch.states.indices {
            batch.states[index].evidence = []
            if self >= .shortTexts { Self.shorten(&batch.states[index].detection) }
        }
        if self >= .shortTexts, var observations = batch.observations {
            for index in observations.indices {
                observations[index].detail = TextSafety.cut(observations[index].detail, bytesMax: Self.shortBytesMax)
            }
            batch.observations = observations
        }
    }

    private static func shorten(_ detection: inout Detection) {
        detection.message = TextSafety.cut(detection.message, bytesMax: shortBytesMax)
        detection.remedy = ""
        detection.also = []
    }

    private static func sum(_ source: Batch.Source, node: String) -> Occurrence? {
        guard let first = source.occurrences.min(by: { $0.first < $1.first }) else { return nil }
        let count = source.occurrences.reduce(0) { $0.addingSaturated($1.count) }
        let detection = Detection(
            check: "LogGap", rule: "delivery", reason: "FindingsRefused", severity: .warning, object: .node(node),
            subject: source.source,
            message:
                "\(source.source): findings of \(counted(count, "record")) could not be sent; the agent's log says why")
        var sum = Occurrence(detection, count: count, time: first.first, evidence: [])
        sum.last = source.occurrences.map(\.last).max() ?? first.last
        return sum
    }
}
