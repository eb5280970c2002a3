import Shared

/// Reads rule files from folders and files, in a stable order.
enum RuleFolders {
    static let endings = [".yaml", ".yml", ".json"]

    /// - Parameter paths: folders (their rule files, not below) or files.
    /// - Returns: what could be read, and a problem for each that could not.
    static func texts(_ paths: [String]) -> (texts: [(name: String, bytes: [UInt8])], problems: [RuleProblem]) {
        var texts: [(name: String, bytes: [UInt8])] = []
        var problems: [RuleProblem] = []
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
                        RuleProblem(file: file, mark: Mark(line: 1, column: 1), field: "", message: error.description))
                }
            }
        }
        return (texts, problems)
    }
}

extension AgentConfiguration {
    /// What the first `hosts.yaml` of the rule folders says of this host.
    func hostProfile(_ host: HostRoot) -> HostProfile {
        for folder in rules {
            guard let text = try? Files.read(folder + "/hosts.yaml") else { continue }
            let profiles = HostProfile.read(text, name: folder + "/hosts.yaml").profiles
            return HostProfile.joined(profiles) { Files.exists(host.path($0)) }
        }
        return HostProfile(id: "", when: [])
    }
}
