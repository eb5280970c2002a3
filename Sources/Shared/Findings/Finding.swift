package import Platform

/// A finding as it is stored: what, where, since when, how often, with its proof.
package struct Finding: Codable, Sendable, Equatable {
    /// Sixteen hexadecimal digits, the same for the same finding as long as it lives.
    package var id: String
    package var node: String
    package var detection: Detection
    package var first: Timestamp
    package var last: Timestamp
    package var count: Int
    /// A state holds while `resolvedAt` is nil; an event (`isState` false) is never resolved, it ages.
    package var isState: Bool
    package var condition: String
    package var resolvedAt: Timestamp?
    package var isDemo: Bool
    package var evidence: [Evidence]

    package init(
        id: String, node: String, detection: Detection, first: Timestamp, last: Timestamp, count: Int, isState: Bool,
        condition: String, resolvedAt: Timestamp?, isDemo: Bool, evidence: [Evidence]
    ) {
        self.id = id
        self.node = node
        self.detection = detection
        self.first = first
        self.last = last
        self.count = count
        self.isState = isState
        self.condition = condition
        self.resolvedAt = resolvedAt
        self.isDemo = isDemo
        self.evidence = evidence
    }
}

extension Finding {
    /// Written to show that the way works, not by a failure. A state carries no other mark of it than its lines.
    package var isDemonstration: Bool {
        isDemo || !evidence.isEmpty && evidence.allSatisfy { $0.text.contains(Names.demoMarker) }
    }

    /// What it says; of a demonstration with a mark in front.
    package var shownMessage: String {
        let message = detection.message
        return isDemonstration && !message.hasPrefix(Names.demoPrefix) ? Names.demoPrefix + message : message
    }
}
