import Platform
import YAML

/// The checks of rules/workloads, which are built into the program.
enum BuiltInChecks {
    /// What is printed first; files that are not named follow by name.
    private static let order = ["reliability.yaml", "efficiency.yaml", "security.yaml", "registry.yaml", "access.yaml"]

    static let files = Embedded.files(under: "rules/workloads/").map { (name: $0.name, text: $0.bytes) }.sorted {
        let places = [$0, $1].map { order.firstIndex(of: $0.name) ?? order.count }
        return (places[0], $0.name) < (places[1], $1.name)
    }

    /// In the order of the files; tests prove that they hold no mistake.
    static let rules: [PracticeCheckFile] = files.map { name, text in
        do throws(DocumentProblem) {
            return try PracticeCheckReader.read(text, file: "rules/workloads/\(name)", isBuiltIn: true)
        } catch {
            var file = PracticeCheckFile(file: name)
            file.problems = [error]
            return file
        }
    }

    static let checks: [PracticeCheckDefinition] = rules.flatMap(\.checks)
}
