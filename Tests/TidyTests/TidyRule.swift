import Foundation

/// One rule of the house that a machine can check.
struct TidyRule: Sendable, CustomStringConvertible {
    struct File: Sendable {
        /// From the repository's root: `Sources/Agent/Agent.swift`.
        var path: String
        var lines: [String]

        init(_ path: String, _ text: String) {
            self.path = path
            lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    let description: String
    /// A file that breaks the rule: the proof that it can fail.
    let bad: File
    /// What is wrong, with line numbers from 1.
    let check: @Sendable (File) -> [(line: Int, text: String)]

    /// Every line in `folders` for which `isWrong` holds.
    static func lines(
        _ description: String, in folders: [String], except: [String] = [], bad: File,
        isWrong: @escaping @Sendable (String) -> Bool
    ) -> TidyRule {
        TidyRule(description: description, bad: bad) { file in
            guard folders.contains(where: { file.path.hasPrefix($0) }),
                !except.contains(where: { file.path.contains($0) })
            else {
                return []
            }
            return file.lines.enumerated().filter { isWrong($0.element) }.map { ($0.offset + 1, $0.element) }
        }
    }

    /// Lines that import one of `modules`.
    static func imports(
        _ modules: [String], _ description: String, in folders: [String], except: [String] = [], bad: File
    ) -> TidyRule {
        lines(description, in: folders, except: except, bad: bad) { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), words[..<index].allSatisfy({ $0 != "//" }) else {
                return false
            }
            return words.dropFirst(index + 1).last.map { modules.contains(String($0)) } ?? false
        }
    }
}

enum TidyRules {
    private static let forbidden = ["try" + "!", "fatal" + "Error(", "precondition" + "Failure(", " as" + "! "]
    private static let unsafeWords = ["@unchecked" + " Sendable", "nonisolated" + "(unsafe)"]

    private static let sleeps = ["Task" + ".sleep", "Thread" + ".sleep", "usleep" + "(", "nanosleep" + "("]

    private static let notes = ["DESIGN" + " §", "CHECKS" + ".md", "POLARIS" + ".md", "NPD" + ".md", "STYLE" + ".md"]

    private static let nouns = [
        "agents", "checks", "containers", "documents", "elements", "entries", "errors", "events", "files", "findings",
        "hosts", "lines", "members", "nodes", "objects", "pages", "pods", "processes", "records", "replicas", "rules",
        "sinks", "times", "units", "values", "warnings", "workloads",
    ]

    /// An interpolated number before one of `nouns`; `checks explain` is a command.
    private static var countedNoun: Regex<(Substring, Substring)> {
        #/\\\([^()"]*(?:\([^()"]*\)[^()"]*)*\) (?:more |others? |different )?([a-z]+)\b(?! explain)/#
    }

    /// What fails should say what: `&&` in an expectation hides which side it was.
    static let oneConditionPerExpectation = TidyRule(
        description: "an expectation has one condition",
        bad: .init("Tests/AgentTests/A.swift", "#expect(\n    found.count == 1\n        && found[0].isNew)")
    ) { file in
        guard file.path.hasPrefix("Tests/") else { return [] }
        return CodeBytes(file.lines.joined(separator: "\n")).joinedExpectations.map { ($0, file.lines[$0 - 1]) }
    }

    static let all: [TidyRule] = [
        TidyRule(
            description: "a file has at most 400 lines",
            bad: .init("Sources/Agent/Long.swift", String(repeating: "let a = 1\n", count: 401))
        ) { file in file.lines.count > 401 ? [(file.lines.count, "too long")] : [] },
        .lines(
            "a line has at most 120 characters, unless a text makes it longer", in: ["Sources/", "Tests/"],
            bad: .init("Sources/A.swift", String(repeating: "x", count: 121))
        ) {
            $0.count > 120 && !$0.contains("\"") && !$0.contains("\\(found.id)")
                && !$0.hasPrefix("                NAMESPACE")
                && !$0.contains("- { id: ") && !$0.contains(": {")
        },
        .lines(
            "nothing foreign may crash the program", in: ["Sources/"],
            bad: .init("Sources/Agent/A.swift", "let a = \(forbidden[0]) read()")
        ) { line in forbidden.contains { line.contains($0) } },
        TidyRule(
            description: "what the compiler cannot check says why it is safe",
            bad: .init("Sources/Agent/A.swift", "final class A: \(unsafeWords[0]) {}")
        ) { file in
            file.lines.enumerated().filter { index, line in
                unsafeWords.contains { line.contains($0) }
                    && !file.lines[max(0, index - 8)...min(file.lines.count - 1, index + 2)].contains {
                        $0.contains("SAFETY:")
                    }
            }.map { ($0.offset + 1, $0.element) }
        },
        .imports(
            ["Foundation"],
            "the agent links FoundationEssentials alone",
            in: ["Sources/Agent/", "Sources/AgentMain/", "Sources/Shared/"],
            bad: .init("Sources/Agent/A.swift", "import Foundation")),
        .lines(
            "time comes in through initialisers", in: ["Sources/"], except: ["Commands/", "CLI/", "Timestamp.swift"],
            bad: .init("Sources/Agent/Samplers/A.swift", "let now = Timestamp" + ".now()")
        ) { line in ["Timestamp" + ".now()", "Date" + "()", "ContinuousClock" + "()"].contains { line.contains($0) } },
        .lines(
            "host paths go through HostRoot", in: ["Sources/Agent/"],
            except: ["VitalsReader.swift", "StartupPages.swift", "HostRoot.swift"],
            bad: .init("Sources/Agent/Samplers/A.swift", "Files.text(\"/proc/stat\")")
        ) { line in
            ["Files.text(\"/", "Files.read(\"/", "Files.names(in: \"/", "open(\"/"].contains { line.contains($0) }
        },
        TidyRule(
            description: "a door has at most 40 lines",
            bad: .init("Sources/AgentMain/A.swift", String(repeating: "\n", count: 41))
        ) { file in
            file.path.contains("Main/") && file.lines.count > 41 ? [(file.lines.count, "too long")] : []
        },
        .lines(
            "a comment says what it means: the reader has no design notes", in: ["Sources/", "Tests/"],
            bad: .init("Sources/A.swift", "/// As promised (DESIGN" + " §9).")
        ) { line in notes.contains { line.contains($0) } },
        .lines(
            "a number agrees with its noun: `counted(number, noun)`", in: ["Sources/"],
            bad: .init("Sources/Aggregator/A.swift", #"print("\(names.count) nodes answered")"#)
        ) { line in
            // Most lines have no such noun; the expression is slow in a debug build.
            guard line.contains("\\("), nouns.contains(where: { line.contains(" \($0)") }) else { return false }
            return line.matches(of: countedNoun).contains {
                let isRatio = line[..<$0.range.lowerBound].hasSuffix("of ")
                return !isRatio && !$0.output.0.contains("Max)") && nouns.contains(String($0.output.1))
            }
        },
        .lines(
            "tests wait for something, they do not sleep", in: ["Tests/"], except: ["TestSupport/Wait.swift"],
            bad: .init("Tests/EndToEndTests/A.swift", "try await Task" + ".sleep(for: .seconds(1))")
        ) { line in sleeps.contains { line.contains($0) } },
        .lines(
            "a test that cannot go on records what it met", in: ["Tests/"],
            bad: .init("Tests/AgentTests/A.swift", "return #expect(" + "Bool(false))")
        ) { $0.contains("(" + "Bool(false)") },
        oneConditionPerExpectation,
        TidyRule(
            description: "suites that need the machine alone say so in their name",
            bad: .init("Tests/AgentTests/A.swift", "@Suite(." + "serialized) struct A {}")
        ) { file in
            if file.path.contains("SerialTests") || !file.path.hasPrefix("Tests/") { return [] }
            return file.lines.enumerated().filter { index, line in
                line.contains("@Suite(." + "serialized")
                    && !file.lines[index...min(index + 2, file.lines.count - 1)].contains { $0.contains("SerialTests") }
            }.map { ($0.offset + 1, $0.element) }
        },
        .lines(
            "the project is about the product alone: no paths of one machine", in: ["Sources/", "Tests/"],
            bad: .init("Sources/A.swift", "let a = \"/wo" + "rk/main\"")
        ) { line in ["/wo" + "rk/", "/ro" + "ot/main"].contains { line.contains($0) } },
    ]
}
