package import Findings
import Platform

// The limits of what is found, on the wire: `problem` is for who receives, `fit` for who sends.

extension Detection {
    private static let texts: [TextLimit<Detection>] = [
        TextLimit("a check", \.check, WireLimits.nameBytesMax), TextLimit("a rule", \.rule, WireLimits.nameBytesMax),
        TextLimit("a reason", \.reason, WireLimits.nameBytesMax),
        TextLimit("an object's kind", \.object.kind, WireLimits.nameBytesMax),
        TextLimit("an object's namespace", \.object.namespace, WireLimits.nameBytesMax),
        TextLimit("an object's name", \.object.name, WireLimits.nameBytesMax),
        TextLimit("an object's UID", \.object.uid, WireLimits.nameBytesMax),
        TextLimit("a subject", \.subject, WireLimits.subjectBytesMax),
        TextLimit("a message", \.message, WireLimits.textBytesMax),
        TextLimit("a remedy", \.remedy, WireLimits.textBytesMax),
    ]

    package var limitProblem: String? {
        if let problem = TextLimit.problem(of: self, Self.texts) { return problem }
        if let problem = WireLimits.problem("less specific checks", count: also.count, max: WireLimits.alsoMax) {
            return problem
        }
        if also.contains(where: { $0.utf8.count > WireLimits.nameBytesMax }) {
            return "a less specific check over \(WireLimits.nameBytesMax) bytes"
        }
        return WireLimits.problem("a deadline", deadline)
    }

    package mutating func fit() {
        TextLimit.fit(&self, Self.texts)
        if also.count > WireLimits.alsoMax { also.removeLast(also.count - WireLimits.alsoMax) }
        for index in also.indices { WireLimits.fit(&also[index], bytesMax: WireLimits.nameBytesMax) }
        if let time = deadline { deadline = WireLimits.fitted(time) }
    }
}

extension Evidence {
    private static let texts: [TextLimit<Evidence>] = [
        TextLimit("an evidence's source", \.source, WireLimits.pathBytesMax),
        TextLimit("an evidence's origin", \.origin, Batch.positionBytesMax),
        TextLimit("an evidence's text", \.text, WireLimits.textBytesMax),
    ]

    package static func limitProblem(_ all: [Evidence]) -> String? {
        if let problem = WireLimits.problem("pieces of evidence", count: all.count, max: WireLimits.evidenceMax) {
            return problem
        }
        for piece in all {
            if let problem = TextLimit.problem(of: piece, texts) ?? WireLimits.problem("an evidence's time", piece.time)
            {
                return problem
            }
        }
        return nil
    }

    package static func fit(_ all: inout [Evidence]) {
        if all.count > WireLimits.evidenceMax { all.removeLast(all.count - WireLimits.evidenceMax) }
        for index in all.indices {
            TextLimit.fit(&all[index], texts)
            all[index].time = WireLimits.fitted(all[index].time)
        }
    }
}

extension Occurrence {
    package var limitProblem: String? {
        if count < 1 { return "an occurrence with a count below 1" }
        if count > WireLimits.countMax { return "an occurrence with a count over \(WireLimits.countMax)" }
        return detection.limitProblem ?? WireLimits.problem("the first time of an occurrence", first)
            ?? WireLimits.problem("the last time of an occurrence", last) ?? Evidence.limitProblem(evidence)
    }

    package mutating func fit() {
        count = max(count, 1)
        first = WireLimits.fitted(first)
        last = WireLimits.fitted(last)
        detection.fit()
        Evidence.fit(&evidence)
    }
}

extension StateReport {
    private static let texts: [TextLimit<StateReport>] = [
        TextLimit("a condition", \.condition, WireLimits.nameBytesMax),
        TextLimit("a state's owner", \.owner, WireLimits.nameBytesMax),
        TextLimit("a state's boot id", \.bootID, WireLimits.idBytesMax),
    ]

    package var limitProblem: String? {
        detection.limitProblem ?? TextLimit.problem(of: self, Self.texts)
            ?? WireLimits.problem("the beginning of a state", since) ?? WireLimits.problem("the time of a state", last)
            ?? WireLimits.problem("the end of a state", expires) ?? Evidence.limitProblem(evidence)
    }

    package mutating func fit() {
        detection.fit()
        TextLimit.fit(&self, Self.texts)
        since = WireLimits.fitted(since)
        last = WireLimits.fitted(last)
        if let time = expires { expires = WireLimits.fitted(time) }
        Evidence.fit(&evidence)
    }
}

extension Observation {
    private static let texts: [TextLimit<Observation>] = [
        TextLimit("an observation's check", \.check, WireLimits.nameBytesMax),
        TextLimit("an observation's source", \.source, WireLimits.pathBytesMax),
        TextLimit("an observation's detail", \.detail, WireLimits.textBytesMax),
    ]

    package var limitProblem: String? {
        TextLimit.problem(of: self, Self.texts) ?? WireLimits.problem("an observation's time", since)
    }

    package mutating func fit() {
        TextLimit.fit(&self, Self.texts)
        since = WireLimits.fitted(since)
    }
}
