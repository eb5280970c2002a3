import ArgumentParser
import Foundation
import Shared

/// Which checks run and how bad they are.
struct CheckOptions: ParsableArguments {
    @Option(help: "Only these checks, by id, parted by commas.")
    var only: String?

    @Option(help: "Not these checks, by id, parted by commas.")
    var skip: String?

    @Option(help: "File with severities and thresholds of checks.")
    var config: String?

    @Option(help: "File with overrides: silences, acknowledgements, severities and thresholds of some objects.")
    var overrides: String?

    @Option(help: "Language of texts: en or zh.")
    var lang: String?

    var language: Language {
        get throws {
            if let lang {
                guard let language = Language(rawValue: lang) else {
                    throw CommandFailure(message: "--lang is en or zh; '\(lang)' is not.")
                }
                return language
            }
            let environment = ProcessInfo.processInfo.environment
            let locale = environment["LC_ALL"] ?? environment["LC_MESSAGES"] ?? environment["LANG"] ?? ""
            return locale.hasPrefix("zh") ? .zh : .en
        }
    }

    var onlyIDs: [String] { get throws { try ids(only, "--only") } }
    var skipIDs: [String] { get throws { try ids(skip, "--skip") } }

    private func ids(_ list: String?, _ flag: String) throws -> [String] {
        try (list ?? "").split(separator: ",").map { part in
            let name = String(part).trimmingCharacters(in: .whitespaces)
            if let description = CheckList.description(named: name) { return description.id }
            let guess = Suggestion.nearest(to: name, among: CheckList.names).map { " Did you mean '\($0)'?" } ?? ""
            throw CommandFailure(message: "\(flag): no check is named '\(name)'.\(guess) `checks list` names them.")
        }
    }

    func settings() throws -> CheckSettings {
        var settings = CheckSettings()
        if let config {
            let text = try Self.read(config, "--config")
            switch CheckConfiguration.read(text, file: config) {
            case .success(let made): settings = made
            case .failure(let error): throw CommandFailure(message: error.description)
            }
        }
        let wanted = try onlyIDs
        if !wanted.isEmpty { settings.only = Set(wanted) }
        settings.skip.formUnion(try skipIDs)
        if let overrides {
            let text = try Self.read(overrides, "--overrides")
            do throws(ConfigurationError) { settings.overrides = try OverrideSet(text, file: overrides) } catch {
                throw CommandFailure(message: error.description)
            }
        }
        return settings
    }

    /// For callers whose errors are of one type.
    static func readFile(_ path: String) throws(ConfigurationError) -> [UInt8] {
        do throws(SystemError) { return try Files.read(path) } catch {
            throw ConfigurationError(path, Mark(line: 1, column: 1), "\(error)")
        }
    }

    static func read(_ path: String, _ flag: String) throws -> [UInt8] {
        do throws(SystemError) { return try Files.read(path) } catch {
            throw CommandFailure(message: "\(flag): \(error).")
        }
    }
}
