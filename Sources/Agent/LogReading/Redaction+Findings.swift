package import Findings
package import RuleEngine

extension Redaction {
    /// A finding without what must not leave the node, in its message and its evidence.
    package func redacted(_ occurrence: Occurrence) -> Occurrence {
        var occurrence = occurrence
        occurrence.detection.message = redact(occurrence.detection.message)
        occurrence.evidence = occurrence.evidence.map(redacted)
        return occurrence
    }

    package func redacted(_ state: StateReport) -> StateReport {
        var state = state
        state.detection.message = redact(state.detection.message)
        state.evidence = state.evidence.map(redacted)
        return state
    }

    private func redacted(_ evidence: Evidence) -> Evidence {
        var evidence = evidence
        evidence.text = redact(evidence.text)
        return evidence
    }
}
