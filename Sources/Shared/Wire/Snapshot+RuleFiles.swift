package import Findings

extension Snapshot {
    /// What agents have to say against rule files now: one finding per node and file, which is its subject.
    package var invalidRuleFiles: [Finding] {
        findings.filter { $0.detection.check == "RuleFileInvalid" && $0.resolvedAt == nil }
    }
}
