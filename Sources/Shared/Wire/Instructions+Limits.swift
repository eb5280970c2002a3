import Findings
import Platform

extension Instructions {
    package static let adjustmentsMax = 2000
    /// Rule ids of one adjustment.
    package static let adjustedRulesMax = 2000
    package static let filesMax = 256
    /// Of all files, a canary's and a trial's, together.
    package static let filesBytesMax = 2 << 20
    package static let thresholdsMax = 512
    /// Limits of gauges are percentages, bytes, counts and seconds.
    package static let thresholdMax = 1e18
    package static let trialSecondsMax = 7 * Seconds.perDay

    /// What is wrong with instructions that decoded well, or nil. An agent obeys them whole or not at all.
    package var problem: String? {
        WireLimits.problem("adjustments", count: adjustments.count, max: Self.adjustmentsMax)
            ?? adjustments.firstProblem(\.limitProblem) ?? Self.problem(files + (trial?.files ?? []))
            ?? trial?.limitProblem ?? thresholdProblem
    }

    private static func problem(_ files: [File]) -> String? {
        if files.count > filesMax { return "\(counted(files.count, "file")); at most \(filesMax)" }
        if files.reduce(0, { $0 + $1.text.utf8.count }) > filesBytesMax {
            return "files over \(filesBytesMax) bytes together"
        }
        return files.firstProblem { WireLimits.problem("a file's name", $0.name, bytesMax: WireLimits.nameBytesMax) }
    }

    private var thresholdProblem: String? {
        guard let thresholds else { return nil }
        if thresholds.count > Self.thresholdsMax { return "\(thresholds.count) limits; at most \(Self.thresholdsMax)" }
        for (name, value) in thresholds.sorted(by: { $0.key < $1.key }) {
            if let problem = WireLimits.problem("a limit's name", name, bytesMax: WireLimits.nameBytesMax)
                ?? WireLimits.problem("limit \(name)", value, in: 0...Self.thresholdMax)
            {
                return problem
            }
        }
        return nil
    }
}

extension Instructions.Adjustment {
    fileprivate var limitProblem: String? {
        if rules.count > Instructions.adjustedRulesMax {
            return "\(counted(rules.count, "rule")) of one adjustment; at most \(Instructions.adjustedRulesMax)"
        }
        if rules.contains(where: { $0.utf8.count > WireLimits.nameBytesMax }) {
            return "a rule over \(WireLimits.nameBytesMax) bytes"
        }
        if let count = thresholdCount, !(1...WireLimits.countMax).contains(count) {
            return "a threshold's count outside 1 to \(WireLimits.countMax)"
        }
        for seconds in [thresholdWithinSeconds, clearsAfterSeconds] {
            if let problem = seconds.flatMap({
                WireLimits.problem("seconds of a rule", $0, in: 0...WireLimits.spanSecondsMax)
            }) {
                return problem
            }
        }
        return nil
    }
}

extension Instructions.Trial {
    fileprivate var limitProblem: String? {
        WireLimits.problem("the trial's id", id, bytesMax: WireLimits.idBytesMax)
            ?? WireLimits.problem("the trial's span", sinceSeconds, in: 0...Instructions.trialSecondsMax)
            ?? WireLimits.problem("the trial's share", cpuShare, in: 0...1)
    }
}
