package import CheckModel
import Findings
import KubernetesAPI
package import Platform
import YAML

/// The best-practice checks of one run: the built-in ones, and those of the user's files.
package final class PracticeCheckSet: Sendable {
    /// Custom ones first, then the built-in ones; both in their files' order.
    package let checks: [PracticeCheck]
    let exemptions: [PracticeCheckFile.Exemption]
    /// Objects may exempt themselves by annotations.
    let allowsAnnotations: Bool
    package let problems: [DocumentProblem]
    /// Custom checks that could not be compiled.
    let broken: [String: DocumentProblem]
    /// Levels are printed as they are; else tables print Warning for all: without a configuration nobody chose a level.
    let printsLevels: Bool
    /// Ids that a file switched off, or that run only when named.
    package let off: Set<String>
    /// Of these, those that run in files all the same.
    package let offInCluster: Set<String>
    package let descriptions: [CheckDescription]
    private let places: [String: Int]

    package static let builtIn = PracticeCheckSet()

    /// - Parameter isStrict: `--profile strict`: all checks, with their levels.
    package init(files: [PracticeCheckFile] = [], isStrict: Bool = false, printsLevels: Bool = false) {
        var custom: [PracticeCheckDefinition] = []
        for check in files.flatMap(\.checks) {
            custom.removeAll { $0.alias == check.alias }
            custom.append(check)
        }
        var builtIn = BuiltInChecks.checks
        let levels = files.flatMap { file in file.levels.map { (file.file, $0) } }
        var problems = files.flatMap(\.problems)
        var off: Set<String> = []
        for index in custom.indices {
            // It stands for the built-in one of the same name, under that one's id.
            guard let replaced = builtIn.firstIndex(where: { $0.answers(to: custom[index].alias) }) else { continue }
            let old = builtIn.remove(at: replaced)
            custom[index].id = old.id
            custom[index].alias = old.alias
            if custom[index].remedy == LocalText(custom[index].failureMessage, custom[index].failureMessage) {
                custom[index].remedy = old.remedy
            }
        }
        var all = custom + builtIn
        for (file, level) in levels {
            guard let place = all.firstIndex(where: { $0.answers(to: level.id) }) else {
                // Cluster checks are named in the same list.
                if Catalogue.builtIn[level.id] == nil,
                    !files.contains(where: { $0.broken.contains { $0.id == level.id } })
                {
                    let guess = Suggestion.nearest(
                        to: level.id, among: all.map(\.alias) + all.map(\.id) + Catalogue.builtIn.names)
                    problems.append(
                        DocumentProblem(
                            file: file, mark: level.mark, field: "checks.\(level.id)",
                            message: "no check has this name\(guess.map { "; did you mean '\($0)'?" } ?? "")"))
                }
                continue
            }
            all[place].severity = level.severity
            if level.severity == nil { off.insert(all[place].id) } else { off.remove(all[place].id) }
            all[place].isOptIn = false
            all[place].isOptInOfCluster = false
        }
        problems += Self.unknownNames(files, among: all)
        let named = Set(levels.map(\.1.id))
        for file in files where !isStrict {
            guard let mark = file.list else { continue }
            let rest = all.filter { check in !check.isUsersOrNamed(named) }.map(\.id)
            off.formUnion(rest)
            if rest.isEmpty { continue }
            problems.append(
                DocumentProblem(
                    .warning, file: file.file, mark: mark, field: "checks",
                    message:
                        "is the list of what runs, as in Polaris: \(counted(rest.count, "other best-practice check")) "
                        + "\(rest.count == 1 ? "does" : "do") not; with `apiVersion: ke/v1` in the file they run too"))
        }
        for check in all where check.isCustom && !named.contains(check.alias) && !named.contains(check.id) {
            off.insert(check.id)
        }
        let offered = Set(files.flatMap(\.mutations))
        for index in custom.indices
        where !offered.isEmpty && !offered.contains(all[index].alias) && !offered.contains(all[index].id) {
            all[index].mutations = []
        }
        let registries = files.flatMap(\.allowedRegistries)
        for index in all.indices {
            if all[index].isOptIn, !isStrict { off.insert(all[index].id) }
            if files.contains(where: \.probeChecksOnJobs),
                ["livenessProbeMissing", "readinessProbeMissing"].contains(all[index].alias),
                !all[index].isCustom
            {
                all[index].controllers.exclude = []
            }
            if all[index].needsRegistries {
                guard !registries.isEmpty else { continue }
                all[index].needsRegistries = false
                all[index].schema = Self.registrySchema(registries)
            }
        }
        checks = all.map(PracticeCheck.init)
        exemptions = files.contains(where: \.disallowsConfigExemptions) ? [] : files.flatMap(\.exemptions)
        allowsAnnotations = !files.contains(where: \.disallowsAnnotationExemptions)
        self.problems = problems
        broken = Dictionary(files.flatMap(\.broken).map { ($0.id, $0.problem) }, uniquingKeysWith: { a, _ in a })
        self.printsLevels = printsLevels || isStrict
        let offInCluster = Set(isStrict ? [] : all.filter(\.isOptInOfCluster).map(\.id)).subtracting(off)
        self.off = off.union(offInCluster)
        self.offInCluster = offInCluster
        descriptions = all.map(\.description)
        var places: [String: Int] = [:]
        for (place, check) in all.enumerated() {
            for name in [check.id, check.alias] + check.otherNames where places[name] == nil { places[name] = place }
        }
        self.places = places
    }

    /// Names beside `checks` that no check has: what they ask for has no effect.
    private static func unknownNames(
        _ files: [PracticeCheckFile], among all: [PracticeCheckDefinition]
    ) -> [DocumentProblem] {
        files.flatMap { file in
            file.namedChecks.compactMap { named -> DocumentProblem? in
                if Catalogue.builtIn[named.id] != nil || all.contains(where: { $0.answers(to: named.id) })
                    || file.broken.contains(where: { $0.id == named.id })
                {
                    return nil
                }
                let guess = Suggestion.nearest(to: named.id, among: all.map(\.alias) + all.map(\.id))
                let hint =
                    named.id == "*"
                    ? "; an exemption without rules is one from all checks"
                    : guess.map { "; did you mean '\($0)'?" } ?? ""
                return DocumentProblem(
                    .warning, file: file.file, mark: named.mark, field: named.field,
                    message: "no check has the name '\(named.id)', so it has no effect\(hint)")
            }
        }
    }

    private static func registrySchema(_ registries: [String]) -> SchemaSource? {
        let mark = Mark(line: 1, column: 1)
        func node(_ value: Node.Value) -> Node { Node(value, mark: mark) }
        func map(_ key: String, _ value: Node) -> Node {
            node(.mapping([.init(key: key, keyMark: mark, value: value)]))
        }
        let list = node(.sequence(registries.map { node(.string($0)) }))
        var tree = map("properties", map("image", map("imageFrom", list)))
        tree = node(
            .mapping(
                (tree.pairs ?? []) + [
                    .init(key: "required", keyMark: mark, value: node(.sequence([node(.string("image"))])))
                ]))
        return (try? SchemaCompiler.compile(tree)).map { .compiled($0) }
    }

    package func check(named name: String) -> PracticeCheck? { places[name].map { checks[$0] } }

    package func description(named name: String) -> CheckDescription? { places[name].map { descriptions[$0] } }

    /// Places of the checks that run.
    package func enabled(only: Set<String>?, skip: Set<String>, off: Set<String>) -> [Int] {
        checks.indices.filter { place in
            let check = checks[place]
            if skip.contains(check.id) || check.needsRegistries { return false }
            if let only { return only.contains(check.id) }
            return !off.contains(check.id)
        }
    }

    /// How bad a failure is: what a file says, the level where levels are printed, else Warning.
    func severity(of check: PracticeCheck, isInfo: Bool) -> Severity {
        check.severity ?? (isInfo ? .info : printsLevels ? check.level : .warning)
    }
}

extension CheckNames {
    /// Of cluster checks and best-practice checks.
    package static let builtIn = CheckNames(
        Catalogue.builtIn.entries.map { ($0.id, $0.aliases) }
            + PracticeCheckSet.builtIn.checks.map { ($0.id, [$0.alias] + $0.otherNames) })
}

extension OverrideSet {
    /// Reads overrides that name checks which are built in.
    package init(_ text: [UInt8], file: String) throws(DocumentProblem) {
        try self.init(text, file: file, names: .builtIn)
    }
}
