package import LogReading
package import Platform
package import RuleEngine
package import Wire

/// The users' rule files as they are in force: after the first reading, a file with a mistake keeps its last good
/// version, and a file that is gone takes its rules with it.
package struct RuleLoader {
    /// Where a ConfigMap of rules is mounted; need not be there.
    static let folder = "/etc/kubeeye/rules"

    package struct Loaded {
        package var rules: RunningRules
        package var problems: [DocumentProblem]
        /// Plug-ins and probes that node-problem-detector's files of other kinds ask for.
        package var files: [RuleFile]
    }

    private let paths: [String]
    private let builtIn: [RuleFile]
    private var good: [String: RuleFile] = [:]

    package init(paths: [String], builtIn: [RuleFile] = BuiltInRules.files) {
        self.paths = paths
        self.builtIn = builtIn.map(\.lean)
    }

    /// The files to read now: the configured ones, or those in the usual folder where it is there.
    package var present: [String] {
        paths.isEmpty ? (Files.exists(Self.folder) ? [Self.folder] : []) : paths
    }

    package mutating func load(_ instructions: Instructions) -> Loaded {
        let (texts, unread) = RuleFolders.texts(present)
        var byName: [String: [UInt8]] = [:]
        let replaced = Set(instructions.files.map(\.name))
        for (name, bytes) in texts where !replaced.contains(Self.base(name)) { byName[name] = bytes }
        for file in instructions.files { byName["canary/" + file.name] = Array(file.text.utf8) }
        let read = RuleSet.read(byName.map { ($0.key, $0.value) })
        var problems = unread + RuleFolders.hosts(present).problems
        var files: [RuleFile] = []
        for file in read.map(\.lean) {
            problems += file.problems
            if file.errors.isEmpty {
                good[file.name] = file
                files.append(file)
            } else if let last = good[file.name] {
                files.append(last)
            } else {
                files.append(file)
            }
        }
        for problem in unread { if let last = good[problem.file] { files.append(last) } }
        let named = Set(files.map(\.name))
        good = good.filter { named.contains($0.key) }
        let set = RuleSet(
            users: files.sorted { $0.name < $1.name }, builtIn: builtIn, adjusted: instructions.adjusted)
        problems += set.files.flatMap(\.problems).filter { !problems.contains($0) }
        // What is on disk, good or not: `rules push` waits for this to become what it wrote.
        let mounted = RuleSet.digest(of: read.filter { !$0.name.hasPrefix("canary/") })
        return Loaded(
            rules: RunningRules(
                set: set, userDigest: mounted,
                instructionsDigest: instructions.isEmpty ? nil : instructions.digest,
                adjustmentsDigest: instructions.rulesDigest),
            problems: problems, files: files)
    }

    private static func base(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
