internal import CWorkloadRules
import Shared

/// The checks of rules/workloads, which are built into the program.
enum BuiltInChecks {
    static let files: [(name: String, text: [UInt8])] = {
        var all: [(String, [UInt8])] = []
        var entry = ke_workload_rules_first()
        while let name = entry?.pointee.name, let rules = entry?.pointee {
            all.append((String(cString: name), Array(UnsafeBufferPointer(start: rules.bytes, count: rules.length))))
            entry = entry?.successor()
        }
        return all
    }()

    /// In the order of the files; tests prove that they hold no mistake.
    static let rules: [WorkloadRuleFile] = files.map { name, text in
        do throws(ParseError) {
            return try WorkloadRuleReader.read(text, file: "rules/workloads/\(name)", isBuiltIn: true)
        } catch {
            var file = WorkloadRuleFile(file: name)
            file.problems = [RuleProblem(file: name, mark: error.mark, field: "", message: error.message)]
            return file
        }
    }

    static let checks: [WorkloadCheck] = rules.flatMap(\.checks)
}
