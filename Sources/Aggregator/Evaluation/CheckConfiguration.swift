import CheckModel
import Findings
import KubernetesAPI
package import Platform
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
    ) -> Result<EvaluationSettings, DocumentProblem> {
        do throws(DocumentProblem) {
            var settings = EvaluationSettings()
            // A file that is about exporters alone says nothing about levels.
            var isAboutChecks = false
            if let config {
                settings = try read(config.text, file: config.file).get()
                let keys = try YAMLReader.readAll(config.text, file: config.file).flatMap { $0.pairs ?? [] }.map(\.key)
                isAboutChecks = !Set(keys).subtracting(["apiVersion", "kind", "exporters"]).isEmpty
            }
            var files: [PracticeCheckFile] = []
            if let config {
                var own = try PracticeCheckReader.read(config.text, file: config.file)
                own.readAsConfiguration()
                files.append(own)
            }
            for (text, file) in rules { files.append(try PracticeCheckReader.read(text, file: file)) }
            if !files.isEmpty || isStrict {
                settings.workloads = PracticeCheckSet(files: files, isStrict: isStrict, printsLevels: isAboutChecks)
            }
            return .success(settings)
        } catch {
            return .failure(error)
        }
    }

    /// What is about checks of the cluster.
    static func read(_ text: [UInt8], file: String) -> Result<EvaluationSettings, DocumentProblem> {
        do throws(DocumentProblem) {
            var settings = EvaluationSettings()
            let documents = try YAMLReader.readAll(text, file: file)
            for root in documents where root.pairs == nil && root.value != .null {
                throw DocumentProblem(file: file, mark: root.mark, message: "a mapping is expected")
            }
            for pair in documents.flatMap({ $0.pairs ?? [] }) {
                switch pair.key {
                case "apiVersion", "kind": continue
                case "secrets":
                    guard case .bool(let flag) = pair.value.value else {
                        throw DocumentProblem(
                            file: file, mark: pair.value.mark, field: "secrets", message: "true or false is expected")
                    }
                    settings.readsSecrets = flag
                case "checks": try readChecks(pair.value, file, &settings)
                // `PracticeCheckReader` reads the fields of best practice and reports unknown ones; exporters have a
                // reader too.
                default: continue
                }
            }
            return .success(settings)
        } catch {
            return .failure(error)
        }
    }

    private static func readChecks(
        _ node: Node, _ file: String, _ settings: inout EvaluationSettings
    ) throws(DocumentProblem) {
        guard let pairs = node.pairs else {
            throw DocumentProblem(file: file, mark: node.mark, field: "checks", message: "a mapping is expected")
        }
        for pair in pairs {
            // `PracticeCheckSet` reads best-practice checks and reports unknown names.
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
                            throw DocumentProblem(
                                file: file, mark: threshold.keyMark, field: "checks.\(id).thresholds",
                                message:
                                    "\(id) has no threshold '\(threshold.key)'; \(known.isEmpty ? "it has none" : "it has: \(known)")"
                            )
                        }
                        if let problem = limit.problem(with: threshold.value.number) {
                            throw DocumentProblem(
                                file: file, mark: threshold.value.mark,
                                field: "checks.\(id).thresholds.\(threshold.key)", message: problem)
                        }
                        settings.thresholds[id, default: [:]][threshold.key] = threshold.value.number
                    }
                default:
                    throw DocumentProblem(
                        file: file, mark: member.keyMark, field: "checks.\(id).\(member.key)",
                        message: "unknown field; the fields here are severity, thresholds")
                }
            }
        }
    }

    private static func severity(
        _ node: Node, _ id: String, _ file: String, _ settings: inout EvaluationSettings
    ) throws(DocumentProblem) {
        let word = node.plainText ?? ""
        if word == "ignore" {
            settings.skip.insert(id)
        } else if let severity = Severity(rawValue: word) {
            settings.severities[id] = severity
        } else {
            throw DocumentProblem(
                file: file, mark: node.mark, field: "checks.\(id)",
                message: "'\(word)' is not a valid severity; use fatal, danger, warning, info or ignore")
        }
    }
}
