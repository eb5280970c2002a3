package import Platform
package import Regex

/// Feeds a trial with lines of text, each to the rules that an agent would show it to.
package struct TextTrial {
    package let trial: RuleTrial
    private var reader: TextLogReader
    /// Rules for log files read times and messages by their own patterns.
    private var files: [(group: Int, reader: FileLineReader)] = []
    private let selector: SourceSelector?

    /// - Parameters:
    ///   - selector: the log that the lines come from, where somebody said so; nil: each line's prefix tells.
    ///   - now: for dates without a year, and lines without a time.
    /// - Throws: `RegexError`, for a pattern of a file source that a rule file's reader has not seen.
    package init(_ trial: RuleTrial, from selector: SourceSelector?, now: Timestamp) throws(RegexError) {
        self.trial = trial
        self.selector = selector
        reader = TextLogReader(units: UnitNames(trial.set), now: now)
        for (index, group) in trial.set.groups.enumerated() {
            if let format = group.selector.file { files.append((index, try FileLineReader(format))) }
        }
    }

    /// Whether a line had a date.
    package var hasDates: Bool { reader.hasDates }

    package mutating func feed(_ line: [UInt8]) {
        let records = reader.read(line)
        for record in records { feed(record) }
        feedFiles(line, time: records.last?.time, isNew: records.isEmpty)
    }

    package mutating func finish() { for record in reader.finish() { feed(record) } }

    private func feed(_ record: TextLogReader.Record) {
        trial.bootTime = reader.bootTime ?? trial.bootTime
        let groups = trial.set.groups.indices.filter { index in
            let other = trial.set.groups[index].selector
            if other.file != nil { return false }
            return selector.map { $0.sharesLines(with: other) } ?? record.origin.reaches(other)
        }
        trial.feed(Array(record.text.utf8).span, time: record.time, groups: groups)
    }

    private func feedFiles(_ line: [UInt8], time: Timestamp?, isNew: Bool) {
        var isNew = isNew
        for (group, file) in files where !file.skips(line) {
            guard let (own, range) = file.translate(line, now: time ?? reader.now) else { continue }
            trial.feed(line[range].span, time: own, groups: [group], isNew: isNew)
            isNew = false
        }
    }

    /// What `--explain` says of one line (or one entry of several lines).
    package static func explain(
        _ text: String, in set: RuleSet, from selector: SourceSelector?, now: Timestamp
    ) -> [String] {
        var reader = TextLogReader(units: UnitNames(set), now: now)
        var records: [TextLogReader.Record] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { records += reader.read(line.utf8) }
        guard let record = (records + reader.finish()).last else { return ["The line holds no message."] }
        let shown = record.text == text ? "" : ": " + TextSafety.printable(record.text)
        let from =
            selector?.title ?? record.origin.selector?.title
            ?? "a log that the line does not name, so all rules are tried"
        return ["Read as \(from)\(reader.hasDates ? ", at \(record.time.localRFC3339)" : "")\(shown)"]
            + RuleTrial.explain(record.text, in: set) { other in
                selector.map { $0.sharesLines(with: other) } ?? record.origin.reaches(other)
            }
    }
}
