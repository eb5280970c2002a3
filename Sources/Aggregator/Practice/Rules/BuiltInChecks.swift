import Platform
import YAML

/// The checks of rules/workloads, which are built into the program.
enum BuiltInChecks {
    static let files = Embedded.files(under: "rules/workloads/").map { (name: $0.name, text: $0.bytes) }

    /// In the order of the files; tests prove that they hold no mistake.
    static let rules: [WorkloadRuleFile] = files.map { name, text in
        do throws(DocumentProblem) {
            return try WorkloadRuleReader.read(text, file: "rules/workloads/\(name)", isBuiltIn: true)
        } catch {
            var file = WorkloadRuleFile(file: name)
            file.problems = [error]
            return file
        }
    }

    static let checks: [WorkloadCheckDefinition] = rules.flatMap(\.checks)
}
