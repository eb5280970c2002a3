import ArgumentParser
import CheckModel
import Checks
import Evaluation
import Findings
import Foundation
import Platform
import Practice
import YAML

/// Which checks run and how bad they are.
struct CheckOptions: ParsableArguments {
    @Option(help: "Run only these checks: comma-separated ids.")
    var only: String?

    @Option(help: "Skip these checks: comma-separated ids.")
    var skip: String?

    @Option(help: "Configuration file: severities and thresholds of checks, custom checks, exemptions.")
    var config: String?

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: "File with custom best-practice checks (Polaris' format works); may be repeated.")
    var rules: [String] = []

    @Option(help: "default, or strict: all best-practice checks, at their own severities.")
    var profile: String?

    @Flag(help: "The same as --profile strict.")
    var strict = false

    @Option(help: "File with overrides: silences, acknowledgements, severities and thresholds of some objects.")
    var overrides: String?

    @Option(help: "Output language: en or zh.")
    var lang: String?

    var language: Language { get throws { try Self.language(lang) } }

    /// - Parameter lang: as it was given; nil: the environment says.
    static func language(_ lang: String?) throws -> Language {
        if let lang {
            guard let language = Language(rawValue: lang) else {
                throw CommandFailure(message: "--lang must be en or zh; '\(lang)' is not valid.")
            }
            return language
        }
        let environment = ProcessInfo.processInfo.environment
        let locale = environment["LC_ALL"] ?? environment["LC_MESSAGES"] ?? environment["LANG"] ?? ""
        return locale.hasPrefix("zh") ? .zh : .en
    }

    /// Whether an option differs from what an aggregator would use.
    var areOwn: Bool { config != nil || overrides != nil || !rules.isEmpty || profile != nil || strict }

    func onlyIDs(_ set: PracticeCheckSet) throws -> [String] { try ids(only, "--only", set) }
    func skipIDs(_ set: PracticeCheckSet) throws -> [String] { try ids(skip, "--skip", set) }

    private func ids(_ list: String?, _ flag: String, _ set: PracticeCheckSet) throws -> [String] {
        try (list ?? "").split(separator: ",").map { part in
            let name = String(part).trimmingCharacters(in: .whitespaces)
            if let description = CheckList.description(named: name) ?? set.description(named: name) {
                return description.id
            }
            let names = Catalogue.builtIn.names + set.checks.flatMap { [$0.id, $0.alias] }
            let guess = Suggestion.nearest(to: name, among: names).map { " Did you mean '\($0)'?" } ?? ""
            throw CommandFailure(message: "\(flag): no check is named '\(name)'.\(guess) `checks list` lists them all.")
        }
    }

    func settings() throws -> EvaluationSettings {
        guard [nil, "default", "strict"].contains(profile) else {
            throw CommandFailure(message: "--profile must be default or strict; '\(profile ?? "")' is not valid.")
        }
        var settings: EvaluationSettings
        let loaded = CheckConfiguration.load(
            config: try config.map { (try Self.read($0, "--config"), $0) },
            rules: try rules.map { (try Self.read($0, "-f"), $0) }, isStrict: profile == "strict" || strict)
        switch loaded {
        case .success(let loaded): settings = loaded
        case .failure(let error): throw CommandFailure(message: error.description)
        }
        let wanted = try onlyIDs(settings.workloads)
        if !wanted.isEmpty { settings.only = Set(wanted) }
        settings.skip.formUnion(try skipIDs(settings.workloads))
        if let overrides {
            let text = try Self.read(overrides, "--overrides")
            do throws(DocumentProblem) { settings.overrides = try OverrideSet(text, file: overrides) } catch {
                throw CommandFailure(message: error.description)
            }
        }
        return settings
    }

    /// For callers whose errors are of one type.
    static func readFile(_ path: String) throws(DocumentProblem) -> [UInt8] {
        do throws(SystemError) { return try Files.read(path) } catch {
            throw DocumentProblem(file: path, message: "\(error)")
        }
    }

    static func read(_ path: String, _ flag: String) throws -> [UInt8] {
        do throws(SystemError) { return try Files.read(path, bytesMax: PracticeCheckFile.bytesMax + 1) } catch {
            throw CommandFailure(message: "\(flag): \(error).")
        }
    }
}
