import Checks
import Findings
import Platform

/// Sets findings apart that have ended although what tells of them lasts longer: an API event whose object is gone, or
/// is well again without the event having come again; a line about a node that is ready again, or about pods that run.
///
/// Works on one object at a time, so that any part of the state can be looked at alone.
struct EndedEvents {
    private static let ofNodes: Set<String> = ["KubeletError", "RuntimeError"]

    private let ends: ObjectEnds

    init(_ ends: ObjectEnds) { self.ends = ends }

    /// - Returns: those that hold or still speak of something, and those that are over, each with when it ended.
    func split(
        _ findings: [EvaluatedFinding.Content]
    ) -> (open: [EvaluatedFinding.Content], over: [EvaluatedFinding.Content]) {
        var open: [EvaluatedFinding.Content] = [], over: [EvaluatedFinding.Content] = []
        open.reserveCapacity(findings.count)
        for var finding in findings {
            if let end = end(of: finding) {
                finding.resolvedAt = end
                over.append(finding)
            } else {
                open.append(finding)
            }
        }
        return (open, over)
    }

    private func end(of finding: EvaluatedFinding.Content) -> Timestamp? {
        if finding.isApart { return nil }
        let object = finding.detection.object
        guard finding.hasAgent else { return isEvent(finding) ? ends.end(of: finding) : nil }
        // What a log said of a pod is over when the pod is gone.
        if object.kind == "Pod" {
            if let gone = ends.goneSince(object, finding.last) { return gone }
            // The last words of a container that has been well since.
            let isPhrase = Catalogue.builtIn[finding.detection.check]?.phrase != nil
            return isPhrase && finding.isState ? ends.recoveredSince(object, finding.first) : nil
        }
        guard object.kind == "Node" else { return nil }
        if finding.isState {
            // A condition that a log line set: the node itself says since when it is well.
            let explains = Catalogue.builtIn[finding.detection.check]?.notReady != nil
            guard explains, !finding.condition.isEmpty else { return nil }
            return ends.readySince(object.name, after: finding.last)
        }
        guard Self.ofNodes.contains(finding.detection.check) else { return nil }
        let pods = PodNames.named(in: [finding.detection.subject] + finding.texts)
        if pods.isEmpty { return ends.readySince(object.name, after: finding.last) }
        let times = pods.map { ends.started($0, after: finding.last) }
        return times.contains { $0 == nil } ? nil : times.compactMap { $0 }.max()
    }

    /// It comes from API events alone, and its check does not itself look at whether they are over.
    private func isEvent(_ finding: EvaluatedFinding.Content) -> Bool {
        guard !finding.isState, !finding.events.isEmpty else { return false }
        if finding.isPlain || finding.detection.check == "PodNotReady" { return true }
        guard finding.detection.object.kind == "Node", let entry = Catalogue.builtIn[finding.detection.check] else {
            return false
        }
        return entry.notReady != nil || !entry.judges.isEmpty
    }
}
