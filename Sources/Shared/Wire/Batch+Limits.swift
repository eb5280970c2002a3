import Findings
import Platform

extension Batch {
    /// Bytes of a node's name (RFC 1123, as Kubernetes names objects).
    package static let nodeBytesMax = 253

    /// What is wrong with a batch that decoded well, or nil. Checked before anything of it is applied.
    package var problem: String? {
        if version != Self.version { return "version \(version) is not \(Self.version)" }
        if node.isEmpty || node.utf8.count > Self.nodeBytesMax { return "the node's name must have 1 to 253 bytes" }
        if agentID.isEmpty || agentID.utf8.count > WireLimits.idBytesMax {
            return "the agent's id must have 1 to 128 bytes"
        }
        return orderProblem ?? sizeProblem ?? sources.firstProblem(\.limitProblem)
            ?? states.firstProblem(\.limitProblem) ?? (observations ?? []).firstProblem(\.limitProblem)
            ?? vitals.limitProblem
    }

    private var orderProblem: String? {
        let bounds = WireLimits.times.lowerBound.microseconds...WireLimits.times.upperBound.microseconds
        if !bounds.contains(epoch) { return "an epoch outside the years 1970 to 2199" }
        if let started = startedAfterBoot, !bounds.contains(started) { return "a start outside \(bounds)" }
        return WireLimits.problem("the sequence", sequence) ?? WireLimits.problem("the time of sending", sentAt)
            ?? WireLimits.problem("the boot id", bootID, bytesMax: WireLimits.idBytesMax)
    }

    private var sizeProblem: String? {
        if sources.count > Self.sourcesMax { return "\(counted(sources.count, "source")); at most \(Self.sourcesMax)" }
        let findings = sources.reduce(states.count) { $0 + $1.occurrences.count }
        if findings > Self.findingsMax { return "\(counted(findings, "finding")); at most \(Self.findingsMax)" }
        if (observations?.count ?? 0) > Self.observationsMax { return "more than \(Self.observationsMax) observations" }
        return nil
    }

    /// Cuts texts and holds numbers and times to their limits, so that what is found is taken however it reads. A count
    /// over its limit is split over several occurrences.
    package mutating func fit() {
        for source in sources.indices {
            for index in sources[source].occurrences.indices { sources[source].occurrences[index].fit() }
            if sources[source].occurrences.contains(where: { $0.count > WireLimits.countMax }) {
                sources[source].occurrences = sources[source].occurrences.flatMap(\.countsWithinLimit)
            }
        }
        for index in states.indices { states[index].fit() }
        if var all = observations {
            for index in all.indices { all[index].fit() }
            observations = all
        }
        WireLimits.fit(&bootID, bytesMax: WireLimits.idBytesMax)
        sentAt = WireLimits.fitted(sentAt)
        epoch = WireLimits.fitted(Timestamp(microseconds: epoch)).microseconds
        vitals.fit()
    }
}

extension Occurrence {
    /// The same records, no more than `WireLimits.countMax` at once.
    fileprivate var countsWithinLimit: [Occurrence] {
        var rest = count
        var parts: [Occurrence] = []
        while rest > 0, parts.count < Batch.findingsMax {
            var part = self
            part.count = min(rest, WireLimits.countMax)
            rest -= part.count
            parts.append(part)
        }
        return parts
    }
}

extension Batch.Source {
    var limitProblem: String? {
        if let problem = WireLimits.problem("a source", source, bytesMax: WireLimits.pathBytesMax) { return problem }
        if source.isEmpty { return "a source without a name" }
        for position in [from, to, resume] where (position?.utf8.count ?? 0) > Batch.positionBytesMax {
            return "a position over \(Batch.positionBytesMax) bytes"
        }
        return occurrences.firstProblem(\.limitProblem)
    }
}

extension Sequence {
    /// The first element's problem.
    func firstProblem(_ problem: (Element) -> String?) -> String? {
        for element in self {
            if let found = problem(element) { return found }
        }
        return nil
    }
}
