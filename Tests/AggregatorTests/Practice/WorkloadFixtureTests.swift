import Foundation
import TestSupport
import Testing

@testable import CheckModel
@testable import Evaluation
@testable import Findings
@testable import Platform
@testable import Practice

/// `Tests/Fixtures/workloads/<check>/{fail,pass,info}.*.yaml`: manifests, each for one check. A first line
/// `# expect: CONTAINER PATH` says where the failure must be; `-` is no container.
@Suite struct WorkloadFixtureTests {
    static let folder = Repository.root.appending(path: "Tests/Fixtures/workloads")
    static let checks = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

    static func names(of check: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: check).path)
            .filter { $0.hasSuffix(".yaml") }.sorted()
    }

    /// A fixture as objects of a cluster, where only its check runs.
    static func text(of check: String, _ name: String) throws -> String {
        let text = try String(contentsOf: folder.appending(path: "\(check)/\(name)"), encoding: .utf8)
        return "kind: Scenario\naudit: {only: [\(check)]}\n---\n" + text
    }

    @Test func everyCheckHasFixtures() throws {
        #expect(Set(Self.checks) == Set(BuiltInChecks.checks.map(\.alias)))
        for check in Self.checks {
            let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: check).path)
            #expect(names.contains { $0.hasPrefix("fail.") }, "\(check)")
            #expect(names.contains { $0.hasPrefix("pass.") }, "\(check)")
        }
    }

    @Test(arguments: checks) func fixturesHold(_ check: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.appending(path: check).path)
            .sorted()
        for name in names {
            let file = Self.folder.appending(path: "\(check)/\(name)")
            let text = try String(contentsOf: file, encoding: .utf8)
            let result = try Audit.files(
                [file.path], only: check, config: "allowedRegistries: [reg.local, docker.io/library/redis]")
            #expect(result.problems.isEmpty, "\(check)/\(name): \(result.problems) \(result.practice.gaps)")
            #expect(result.practice.gaps.isEmpty, "\(check)/\(name): \(result.problems) \(result.practice.gaps)")
            let failures = result.practice.state.rows.flatMap(\.failures)
            let id = try #require(PracticeCheckSet.builtIn.check(named: check)?.id)
            switch name.split(separator: ".").first {
            case "pass":
                #expect(failures.isEmpty, "\(check)/\(name): \(failures)")
                #expect(result.practice.outcomes[id]?.healthy ?? 0 > 0, "\(check)/\(name) was not judged")
            case "info":
                #expect(!failures.isEmpty, "\(check)/\(name): \(failures)")
                #expect(failures.allSatisfy { $0.severity == .info }, "\(check)/\(name): \(failures)")
            default: #expect(failures.contains { $0.severity > .info }, "\(check)/\(name): \(failures)")
            }
            guard text.hasPrefix("# expect: ") else { continue }
            let words = text.prefix { $0 != "\n" }.dropFirst(10).split(separator: " ", maxSplits: 1).map(String.init)
            // The right container, and no other; the right place, and a line of the file.
            #expect(
                Set(failures.map(\.container)) == [words[0] == "-" ? "" : words[0]], "\(check)/\(name): \(failures)")
            if words.count > 1 {
                #expect(failures.contains { $0.path == words[1] }, "\(check)/\(name): \(failures.map(\.path))")
            }
            #expect(failures.allSatisfy { $0.place.hasPrefix(file.path + ":") })
        }
    }
}

/// Audits for tests.
enum Audit {
    static func settings(only: String? = nil, config: String? = nil, rules: [String] = [], isStrict: Bool = false)
        throws -> EvaluationSettings
    {
        var settings = try CheckConfiguration.load(
            config: config.map { (Array($0.utf8), "config.yaml") }, rules: rules.map { (Array($0.utf8), "rule.yaml") },
            isStrict: isStrict
        ).get()
        // As without a configuration file, which prints levels.
        if let config, rules.isEmpty, !isStrict {
            let file = try PracticeCheckReader.read(Array(config.utf8), file: "config.yaml")
            settings.workloads = PracticeCheckSet(files: [file])
        }
        if let only {
            settings.only = Set(
                only.split(separator: ",").compactMap { settings.workloads.check(named: String($0))?.id })
        }
        return settings
    }

    static func files(_ paths: [String], only: String? = nil, config: String? = nil) throws -> ManifestAudit.Result {
        try run(try settings(only: only, config: config)) { reader throws(SystemError) in
            for path in paths { try reader.read(path: path) }
        }
    }

    static func text(_ text: String, _ settings: EvaluationSettings) throws -> ManifestAudit.Result {
        try run(settings) { reader throws(SystemError) in reader.read(text: Array(text.utf8), file: "m.yaml") }
    }

    private static func run(
        _ settings: EvaluationSettings, _ read: (inout ManifestReader) throws(SystemError) -> Void
    ) throws -> ManifestAudit.Result {
        try ManifestAudit(settings: settings, now: Timestamp(seconds: 1_700_000_000)).run(read)
    }
}
