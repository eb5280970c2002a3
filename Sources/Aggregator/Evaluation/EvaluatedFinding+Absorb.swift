import Findings
import Platform

extension EvaluatedFinding.Content {
    /// Takes in another side of the same finding: highest severity, first of the firsts, last of the lasts, the API's
    /// words.
    mutating func absorb(_ other: EvaluatedFinding.Content) {
        detection.severity = max(detection.severity, other.detection.severity)
        // Of several texts about one thing the newest is said.
        if !isState, !other.isState, !hasAgent, !other.hasAgent, other.last > last {
            detection.message = other.detection.message
        }
        first = min(first, other.first)
        last = max(last, other.last)
        seen = [seen, other.seen].compactMap { $0 }.max()
        count = isState && other.isState || hasAgent != other.hasAgent ? max(count, other.count) : count + other.count
        if !isState, other.isState {
            isState = true
            table = other.table
            condition = other.condition
            if !hasAgent || !other.hasAgent {
                detection.reason = other.detection.reason
                detection.message = other.hasAgent ? detection.message : other.detection.message
            }
        }
        if detection.deadline == nil { detection.deadline = other.detection.deadline }
        if condition.isEmpty { condition = other.condition }
        absorbProof(other)
    }

    /// Takes in evidence, events and names; what the finding says stays.
    mutating func absorbProof(_ other: EvaluatedFinding.Content) {
        detection.severity = max(detection.severity, other.detection.severity)
        evidence = Array((evidence + other.evidence).prefix(Evidence.perFindingMax))
        events += other.events
        hasAgent = hasAgent || other.hasAgent
        isDemo = isDemo && other.isDemo
        first = min(first, other.first)
        last = max(last, other.last)
        owner = owner ?? other.owner
        if labels.isEmpty { labels = other.labels }
        detection.also = Array(Set(detection.also + other.detection.also)).filter { $0 != detection.check }.sorted()
    }
}
