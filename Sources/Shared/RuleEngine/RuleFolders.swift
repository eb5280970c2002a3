package import Platform
import YAML

/// Reads rule files from folders and files, in a stable order.
package enum RuleFolders {
    /// The profiles of the first `hosts.yaml` among the folders, else the built-in ones; and its mistakes.
    package static func hosts(_ paths: [String]) -> (profiles: [HostProfile], problems: [DocumentProblem]) {
        var problems: [DocumentProblem] = []
        for path in paths {
            let file = path + "/hosts.yaml"
            do throws(SystemError) { return HostProfile.read(try Files.read(file), name: file) } catch {
                if error.isMissing { continue }
                problems.append(
                    DocumentProblem(
                        file: file, mark: Mark(line: 1, column: 1), field: "", message: error.description))
            }
        }
        let builtIn = HostProfile.read(BuiltInRules.hosts, name: "built-in hosts.yaml")
        return (builtIn.profiles, problems + builtIn.problems)
    }

    package static let endings = [".yaml", ".yml", ".json"]

    /// - Parameter paths: folders (their rule files, not below) or files.
    /// - Returns: what could be read, and a problem for each that could not.
    package static func texts(_ paths: [String]) -> (
        texts: [(name: String, bytes: [UInt8])], problems: [DocumentProblem]
    ) {
        var texts: [(name: String, bytes: [UInt8])] = []
        var problems: [DocumentProblem] = []
        for path in paths {
            let names = try? Files.names(in: path)
            let files = names.map { names in
                names.filter { name in endings.contains { name.hasSuffix($0) } && name != "hosts.yaml" }.map {
                    path + "/" + $0
                }
            }
            for file in files ?? [path] {
                do throws(SystemError) {
                    texts.append((file, try Files.read(file, bytesMax: RuleFile.bytesMax + 1)))
                } catch {
                    problems.append(
                        DocumentProblem(file: file, message: error.description))
                }
            }
        }
        return (texts, problems)
    }
}
