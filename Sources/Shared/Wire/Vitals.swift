import Findings
import Platform

/// The agent's own health; sent with every batch.
package struct Vitals: Codable, Sendable, Equatable {
    package var agentVersion = ""
    package var kernel = ""
    package var osImage = ""
    package var rulesDigest = ""
    package var ruleCount = 0
    /// Of the users' rule files alone, as `rules push` computes it; nil: an agent from before there was one.
    package var userRulesDigest: String?
    /// Of the last `Instructions` that took effect; nil: none.
    package var instructionsDigest: String?
    /// Anonymous memory: without mapped files.
    package var residentBytes: Int64 = 0
    package var cpuSeconds = 0.0
    package var linesRead: Int64 = 0
    package var linesMatched: Int64 = 0
    package var linesTruncated: Int64 = 0
    package var findingsDropped: Int64 = 0

    package init() {}
}

extension Vitals {
    private static let texts: [TextLimit<Vitals>] = [
        TextLimit("an agent's version", \.agentVersion, WireLimits.nameBytesMax),
        TextLimit("a kernel's version", \.kernel, WireLimits.nameBytesMax),
        TextLimit("an operating system's name", \.osImage, WireLimits.nameBytesMax),
        TextLimit("a digest of rules", \.rulesDigest, WireLimits.idBytesMax),
    ]

    var limitProblem: String? {
        if let problem = TextLimit.problem(of: self, Self.texts) { return problem }
        for digest in [userRulesDigest, instructionsDigest] where (digest?.utf8.count ?? 0) > WireLimits.idBytesMax {
            return "a digest over \(WireLimits.idBytesMax) bytes"
        }
        let numbers = [
            Int64(clamping: ruleCount), residentBytes, linesRead, linesMatched, linesTruncated, findingsDropped,
        ]
        for number in numbers {
            if let problem = WireLimits.problem("a number of the vitals", number) { return problem }
        }
        return WireLimits.problem("CPU seconds", cpuSeconds, in: 0...Double(WireLimits.numberMax))
    }

    mutating func fit() {
        TextLimit.fit(&self, Self.texts)
        userRulesDigest = userRulesDigest.map { TextSafety.cut($0, bytesMax: WireLimits.idBytesMax) }
        instructionsDigest = instructionsDigest.map { TextSafety.cut($0, bytesMax: WireLimits.idBytesMax) }
        if limitProblem == nil { return }
        let bounds = 0...WireLimits.numberMax
        func fitted(_ number: Int64) -> Int64 { min(max(number, bounds.lowerBound), bounds.upperBound) }
        ruleCount = Int(fitted(Int64(clamping: ruleCount)))
        residentBytes = fitted(residentBytes)
        linesRead = fitted(linesRead)
        linesMatched = fitted(linesMatched)
        linesTruncated = fitted(linesTruncated)
        findingsDropped = fitted(findingsDropped)
        if limitProblem != nil { cpuSeconds = 0 }
    }
}
