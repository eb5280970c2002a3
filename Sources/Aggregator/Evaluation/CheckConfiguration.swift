package import CheckModel
import Findings
import KubernetesAPI
import Practice
import YAML

/// Reads `--config FILE`:
///
/// ```yaml
/// apiVersion: ke/v1
/// kind: Configuration
/// secrets: false
/// checks:
///   NodeDisk: danger                # fatal, danger, warning, info, ignore
///   PodPending: { severity: warning, thresholds: { minutes: 10 } }
/// ```
package enum CheckConfiguration {
    /// The whole of it: a configuration, rule files (`-f`), and the profile.
    package static func load(
        config: (text: [UInt8], file: String)?, rules: [(text: [UInt8], file: String)] = [], isStrict: Bool = false
    ) -> Result<EvaluationSettings, ConfigurationError> {
        var settings = EvaluationSettings()
        do {
            if let config { settings = try read(config.text, file: config.file).get() }
            var files: [WorkloadRuleFile] = []
            for (text, file) in [config].compactMap({ $0 }) + rules {
                do throws(ParseError) { files.append(try WorkloadRuleReader.read(text, file: file)) } catch {
                    throw ConfigurationError(file, error.mark, error.message)
                }
            }
            if !files.isEmpty || isStrict {
                let about =
                    try config.map { try YAMLReader.readAll($0.text).flatMap { $0.pairs ?? [] }.map(\.key) } ?? []
                // A file that is about exporters alone says nothing about levels.
                let isAboutChecks = !Set(about).subtracting(["apiVersion", "kind", "exporters"]).isEmpty
                settings.workloads = WorkloadCheckSet(files: files, isStrict: isStrict, printsLevels: isAboutChecks)
            }
            return .success(settings)
        } catch {
            return .failure(
                error as? ConfigurationError ?? ConfigurationError("", Mark(line: 1, column: 1), "\(error)"))
        }
    }

    /// What is about checks of the cluster.
    static func read(_ text: [UInt8], file: String) -> Result<EvaluationSettings, ConfigurationError> {
        var settings = EvaluationSettings()
        do {
            let documents = try YAMLReader.readAll(text)
            for root in documents where root.pairs == nil && root.value != .null {
                throw ConfigurationError(file, root.mark, "a mapping is expected")
            }
            for pair in documents.flatMap({ $0.pairs ?? [] }) {
                switch pair.key {
                case "apiVersion", "kind": continue
                case "secrets":
                    guard case .bool(let flag) = pair.value.value else {
                        throw ConfigurationError(file, pair.value.mark, "secrets must be true or false")
                    }
                    settings.readsSecrets = flag
                case "checks": try readChecks(pair.value, file, &settings)
                // The rest is about best practice, whose reader reports unknown fields, or about exporters.
                default: continue
                }
            }
            return .success(settings)
        } catch let error as ConfigurationError {
            return .failure(error)
        } catch let error as ParseError {
            return .failure(ConfigurationError(file, error.mark, error.message))
        } catch {
            return .failure(ConfigurationError(file, Mark(line: 1, column: 1), "\(error)"))
        }
    }

    private static func readChecks(_ node: Node, _ file: String, _ settings: inout EvaluationSettings) throws {
        guard let pairs = node.pairs else { throw ConfigurationError(file, node.mark, "checks must be a mapping") }
        for pair in pairs {
            // `WorkloadCheckSet` reads best-practice checks and reports unknown names.
            guard let entry = Catalogue.builtIn[pair.key] else { continue }
            let id = entry.id
            if pair.value.pairs == nil {
                try severity(pair.value, id, file, &settings)
                continue
            }
            for member in pair.value.pairs ?? [] {
                switch member.key {
                case "severity": try severity(member.value, id, file, &settings)
                case "thresholds":
                    for threshold in member.value.pairs ?? [] {
                        guard let limit = entry.limits.first(where: { $0.name == threshold.key }) else {
                            let known = entry.limits.map(\.name).joined(separator: ", ")
                            throw ConfigurationError(
                                file, threshold.keyMark,
                                "\(id) has no threshold '\(threshold.key)'; \(known.isEmpty ? "it has none" : "it has: \(known)")"
                            )
                        }
                        if let problem = limit.problem(with: threshold.value.number) {
                            throw ConfigurationError(file, threshold.value.mark, problem)
                        }
                        settings.thresholds[id, default: [:]][threshold.key] = threshold.value.number
                    }
                default:
                    throw ConfigurationError(
                        file, member.keyMark,
                        "'\(member.key)' is not a valid field of a check; severity and thresholds are")
                }
            }
        }
    }

    private static func severity(_ node: Node, _ id: String, _ file: String, _ settings: inout EvaluationSettings)
        throws
    {
        let word = node.plainText ?? ""
        if word == "ignore" {
            settings.skip.insert(id)
        } else if let severity = Severity(rawValue: word) {
            settings.severities[id] = severity
        } else {
            throw ConfigurationError(
                file, node.mark, "'\(word)' is not a valid severity; fatal, danger, warning, info and ignore are")
        }
    }
}
