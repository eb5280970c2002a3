import ArgumentParser
import Shared

extension RulesCommand {
    /// `ke-agent rules test`: what the rules would have found.
    struct TestCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Run rules over a log file, standard input or the journal, and count what they find.")

        @Argument(help: "Rule files or folders.")
        var paths: [String]

        @Option(help: "A log file; each line is one record. Standard input when neither this nor --journal is given.")
        var log: String?

        @Flag(help: "Read this machine's journal, or its kernel log where there is none.")
        var journal = false

        @Option(help: "With --journal: a journal folder or file instead of the system's.")
        var journalDir: String?

        @Option(help: "With --journal: how far back, for example 24h.")
        var since = "1h"

        private static let examplesMax = 3

        private struct Tally {
            var count = 0
            var first: Timestamp?
            var last: Timestamp?
            var examples: [String] = []

            mutating func add(_ text: String, _ time: Timestamp) {
                count += 1
                first = first ?? time
                last = time
                if examples.count < examplesMax { examples.append(text) }
            }
        }

        func run() throws {
            let (texts, unread) = RuleFolders.texts(paths)
            let set = RuleSet(texts: texts)
            for problem in unread + set.problems { print(TextSafety.printable(problem.description)) }
            var tallies: [String: Tally] = [:]
            let lines = journal ? try readJournal(set, &tallies) : try readLines(set, &tallies)
            for rule in set.rules {
                guard let tally = tallies[rule.id] else { continue }
                let span = journal ? "  \(tally.first?.localRFC3339 ?? "") … \(tally.last?.localRFC3339 ?? "")" : ""
                print("\(rule.id)  \(tally.count)\(span)")
                for example in tally.examples {
                    print("    " + TextSafety.printable(TextSafety.cut(example, bytesMax: 300)))
                }
            }
            print(
                "\(lines) lines, \(tallies.values.reduce(0) { $0 + $1.count }) matches of \(tallies.count) rules (\(set.rules.count) in all)"
            )
            if !set.files.flatMap(\.errors).isEmpty || !unread.isEmpty { throw ExitCode(1) }
        }

        private func readLines(_ set: RuleSet, _ tallies: inout [String: Tally]) throws -> Int {
            let matchers = set.groups.map { LineMatcher($0) }
            var count = 0
            func take(_ line: [UInt8]) {
                count += 1
                let record = LogRecord()
                line.withUnsafeBytes { record.setText($0) }
                for matcher in matchers {
                    matcher.scan(record.text.span, time: Timestamp(microseconds: Int64(count)), position: { "" }) {
                        match in
                        guard match.kind == .rule else { return }
                        tallies[matcher.group.rules[match.rule].id, default: Tally()].add(match.text, match.time)
                    }
                }
            }
            if let log {
                do throws(SystemError) {
                    for line in try Files.read(log, bytesMax: 1 << 30).split(separator: UInt8(ascii: "\n")) {
                        take(Array(line))
                    }
                } catch {
                    throw CommandFailure(message: "The log cannot be read: \(error)")
                }
            } else {
                while let line = readLine(strippingNewline: true) { take(Array(line.utf8)) }
            }
            return count
        }

        private func readJournal(_ set: RuleSet, _ tallies: inout [String: Tally]) throws -> Int {
            let seconds: Double
            do throws(GoDuration.Problem) { seconds = try GoDuration.seconds(since) } catch {
                throw CommandFailure(message: "--since: \(error)")
            }
            var configuration = AgentConfiguration()
            configuration.journalDir = journalDir
            let host = HostRoot()
            let factory = SourceFactory(
                configuration: configuration, host: host, bootID: try host.bootID(), clock: SystemClock())
            var lines = 0
            for (source, groups) in factory.sources(for: set.groups, observations: ObservationBoard {}) {
                let collector = Collector(groups)
                source.run(from: .since(.now() - seconds), into: collector)
                if let problem = collector.problem { print("\(source.id): could not be read: \(problem)") }
                lines += collector.lines
                for (id, text, time) in collector.found { tallies[id, default: Tally()].add(text, time) }
            }
            return lines
        }
    }
}

/// Collects matches until the source is caught up.
private final class Collector: RecordSink {
    private let matchers: [LineMatcher]
    private(set) var found: [(id: String, text: String, time: Timestamp)] = []
    private(set) var lines = 0
    private(set) var problem: String?

    init(_ groups: [RuleGroup]) { matchers = groups.map { LineMatcher($0) } }

    func receive(_ record: LogRecord, position: () -> String) -> SinkAnswer {
        lines += 1
        for (index, matcher) in matchers.enumerated() where record.selectors & (1 << UInt64(index)) != 0 {
            matcher.scan(record.text.span, time: record.time, position: position) { match in
                if match.kind == .rule { found.append((matcher.group.rules[match.rule].id, match.text, match.time)) }
            }
        }
        return .proceed
    }

    func caughtUp(position: String?) -> SinkAnswer { .stop }
    func lost(_ gap: LogGap, position: String?) {}
    func health(_ health: SourceHealth) {
        if case .unobserved(_, let detail) = health { problem = detail }
    }
}
