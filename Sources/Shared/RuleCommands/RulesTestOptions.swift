package import ArgumentParser
internal import Glibc
import Platform
package import RuleEngine
import Wire

/// The options of `rules test` in both programs, and everything it does without a journal.
package struct RulesTestOptions: ParsableArguments {
    @OptionGroup package var rules: RulePathOptions

    @Option(help: "A log file; each line is one record (default without --journal: standard input).")
    package var log: String?

    @Flag(help: "Read this machine's journal, or its kernel log where there is none.")
    package var journal = false

    @Option(help: "With --journal: a journal folder or file instead of the system's.")
    package var journalDir: String?

    @Option(help: "With --journal: how far back to read, for example 24h.")
    package var since = "1h"

    @Option(help: "Explain one line: which rules examine it, which match, what they capture and find.")
    package var explain: String?

    @Option(
        name: .customLong("from"),
        help: "The log of the lines, where their prefix does not say: kernel, unit:NAME, identifier:NAME or file:PATH.")
    package var origin: String?

    package init() {}

    /// Below this many lines a cost per line would only show how long the patterns took to build.
    private static let costLinesMin = 1000

    /// The rules to test, over the built-in ones, and what is wrong with them, printed.
    package func ruleSet() -> (set: RuleSet, wanted: Set<String>, isBroken: Bool) {
        let (files, unread) = rules.read()
        let problems = unread + files.flatMap(\.problems)
        for problem in problems { print(TextSafety.printable(problem.description)) }
        let set = RuleSet(users: files, builtIn: rules.builtIn)
        // Without files it is the built-in rules that are tested.
        let tested = files.isEmpty ? set.rules : files.flatMap(\.rules)
        return (set, Set(tested.map(\.id)), problems.contains { $0.level == .error })
    }

    package func sinceSeconds() throws -> Double {
        do throws(GoDuration.Problem) { return try GoDuration.seconds(since) } catch {
            throw CommandFailure(message: "--since: \(error)")
        }
    }

    private func selector() throws -> SourceSelector? {
        guard let origin else { return nil }
        let parts = origin.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first ?? "", parts.count) {
        case ("kernel", 1): return .kernel
        case ("unit", 2): return .units([parts[1].contains(".") ? parts[1] : parts[1] + ".service"])
        case ("identifier", 2): return .identifiers([parts[1]], directory: "")
        case ("file", 2): return .file(.init(path: parts[1]))
        default:
            throw CommandFailure(
                message: "--from is kernel, unit:NAME, identifier:NAME or file:PATH; '\(origin)' is not.")
        }
    }

    /// `--explain`, `--log` and standard input. With `--journal` the caller reads, into a trial of its own.
    package func runWithoutJournal() throws {
        let (set, wanted, isBroken) = ruleSet()
        if let explain {
            for line in TextTrial.explain(explain, in: set, from: try selector(), now: .now()) { print(line) }
        } else {
            let trial = RuleTrial(set, wanted: wanted, seconds: Self.clock)
            let hasDates = try feedLines(trial)
            print(Self.report(trial, wanted: wanted, hasTimes: hasDates))
        }
        if isBroken { throw ExitCode(1) }
    }

    /// Seconds of a clock that never steps back.
    @Sendable package static func clock() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    /// - Returns: whether the lines have dates.
    private func feedLines(_ trial: RuleTrial) throws -> Bool {
        var text = try TextTrial(trial, from: try selector(), now: .now())
        let name = log ?? "standard input"
        if log == nil, isatty(STDIN_FILENO) == 1 {
            let hint = Array(
                "Reading lines from the terminal; Ctrl-D ends them. --log FILE and --journal read others.\n".utf8)
            _ = write(STDERR_FILENO, hint, hint.count)
        }
        // Of standard input the descriptor is a copy: closing the stream leaves the program's own open.
        guard let file = log.map({ fopen($0, "r") }) ?? fdopen(dup(STDIN_FILENO), "r") else {
            throw CommandFailure(message: "The log cannot be read: \(name): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while case let count = getline(&line, &capacity, file), count > 0, let line {
            let bytes = UnsafeRawBufferPointer(start: line, count: count)
            text.feed(Array(bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]))
        }
        if ferror(file) != 0 { throw CommandFailure(message: "The log could not be read to its end: \(name).") }
        text.finish()
        return text.hasDates
    }

    /// Per rule: findings, lines, first, last, three examples, cost.
    package static func report(_ trial: RuleTrial, wanted: Set<String>, hasTimes: Bool) -> String {
        var out: [String] = []
        let results = trial.results
        for tally in results {
            let span =
                hasTimes ? "  first \(tally.first?.localRFC3339 ?? "-")  last \(tally.last?.localRFC3339 ?? "-")" : ""
            let cost =
                trial.lines < costLinesMin
                ? nil : trial.set.rules.first { $0.id == tally.rule }.flatMap(trial.costNanoseconds)
            out.append(
                "\(tally.rule)  \(counted(tally.findings, "finding")) from \(counted(tally.matches, "line"))\(span)"
                    + (cost.map { "  \(Int($0.rounded())) ns a line by itself" } ?? ""))
            out += tally.examples.map { "    " + TextSafety.printable($0) }
        }
        let silent = wanted.subtracting(results.map(\.rule)).sorted()
        if !silent.isEmpty, silent.count <= 50 {
            let shown =
                silent.prefix(10).joined(separator: ", ") + (silent.count > 10 ? " and \(silent.count - 10) more" : "")
            out.append("found nothing: \(shown)")
        }
        var total =
            "\(counted(trial.lines, "line")), \(counted(results.reduce(0) { $0 + $1.findings }, "finding")) from \(counted(results.count, "rule"))"
        if trial.lines >= costLinesMin {
            let cost = Int((trial.matchingSeconds * 1e9 / Double(trial.lines)).rounded())
            total += "; all \(counted(trial.set.rules.count, "rule")) together took \(cost) ns a line"
        }
        out.append(total)
        return out.joined(separator: "\n")
    }
}
