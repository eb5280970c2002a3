package import Platform

/// The entries of all checks of the cluster and of nodes, from `rules/checks`, which is built into the programs.
///
/// Best-practice checks have entries of their own in `rules/workloads`.
package struct Catalogue: Sendable {
    package static let folder = "rules/checks/"

    /// In the order of the files, by name, and of the entries in them.
    package let entries: [CheckEntry]
    /// How one trouble causes another; entries name them.
    package let mechanisms: [Mechanism]
    /// What is wrong with the files; of the built-in ones nothing, as a test proves.
    package let problems: [DocumentProblem]
    private let byName: [String: CheckEntry]

    /// Read once; both programs are made of it.
    package static let builtIn = Catalogue(Embedded.files(under: folder))

    package init(_ files: [(name: String, bytes: [UInt8])]) {
        var entries: [CheckEntry] = []
        var mechanisms: [Mechanism] = []
        var problems: [DocumentProblem] = []
        for (name, text) in files {
            let read = CatalogueReader.read(text, file: Self.folder + name)
            entries += read.entries
            mechanisms += read.mechanisms
            problems += read.problems
        }
        self.entries = entries
        self.mechanisms = mechanisms
        self.problems = problems
        var byName: [String: CheckEntry] = [:]
        for entry in entries { for name in [entry.id] + entry.aliases { byName[name] = entry } }
        self.byName = byName
    }

    /// By id or alias.
    package subscript(_ name: String) -> CheckEntry? { byName[name] }

    /// Ids and aliases.
    package var names: [String] { entries.flatMap { [$0.id] + $0.aliases } }

    /// The limits that gauges and probes go by, by name. Several checks may share one.
    package var agentLimits: [String: CheckLimit] {
        Dictionary(
            entries.flatMap(\.limits).filter(\.isOfAgents).map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Names of all limits.
    package var limitNames: [String] { Set(entries.flatMap { $0.limits.map(\.name) }).sorted() }

    /// The value of a check's own limit. A name that the catalogue does not have is a mistake that a test finds;
    /// nothing is ever over such a limit.
    package func limit(_ check: String, _ name: String) -> Double {
        self[check]?.limits.first { $0.name == name }?.value ?? .infinity
    }

    /// The limit of this name, whichever check's.
    package func limit(_ name: String) -> CheckLimit? {
        entries.lazy.flatMap(\.limits).first { $0.name == name }
    }

    /// The node conditions that some check judges, by type; others are shown as they are.
    package var judgedConditions: [String: JudgedCondition] {
        Dictionary(entries.flatMap(\.judges).map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Whether a mechanism can end in a finding of this check.
    package func reaches(_ mechanism: Mechanism, _ entry: CheckEntry) -> Bool {
        mechanism.effects.contains { $0.name == entry.id || $0.name == entry.trouble }
    }

    /// Mechanisms that an entry names.
    package func mechanisms(of entry: CheckEntry) -> [Mechanism] {
        mechanisms.filter { entry.causes.contains($0.id) }
    }

    /// Checks whose findings can cause one of this check, in the order of their ranks.
    package func checks(causing entry: CheckEntry) -> [String] {
        let names = Set(mechanisms.filter { reaches($0, entry) }.map(\.id))
        return entries.filter { $0.id != entry.id && !names.isDisjoint(with: $0.causes) }
            .sorted { ($0.rank ?? .max, $0.id) < ($1.rank ?? .max, $1.id) }.map(\.id)
    }

    /// Checks that can say why a node is not ready, the most specific first.
    package var notReadyOrder: [String] {
        entries.compactMap { entry in entry.notReady.map { ($0, entry.id) } }.sorted { $0 < $1 }.map(\.1)
    }
}
