import Findings
import Platform
import YAML

/// What a configuration or rule file says about best-practice checks, in Polaris' format
/// (polaris.docs.fairwinds.com/customization/custom-checks) and ours (docs/custom-checks.md).
package struct PracticeCheckFile: Sendable {
    /// An exception: AND inside, OR over the list; an empty list means any.
    struct Exemption: Sendable, Equatable {
        /// Exact, or with `*`.
        var namespaces: [String] = []
        /// By prefix.
        var controllers: [String] = []
        /// By prefix.
        var containers: [String] = []
        var rules: [String] = []
    }

    /// `checks: {id: severity}`, with its place.
    struct Level: Sendable {
        var id: String
        /// nil: ignore.
        var severity: Severity?
        var mark: Mark
    }

    /// A check that is named beside `checks`, with its place.
    struct NamedCheck: Sendable {
        var id: String
        var field: String
        var mark: Mark
    }

    package static let bytesMax = 8 << 20
    static let checksMax = 2000

    var file: String
    var levels: [Level] = []
    var checks: [PracticeCheckDefinition] = []
    var exemptions: [Exemption] = []
    /// `disallowConfigExemptions` and `disallowAnnotationExemptions`; `disallowExemptions` is both.
    var disallowsConfigExemptions = false
    var disallowsAnnotationExemptions = false
    var namedChecks: [NamedCheck] = []
    /// `checks` is the whole list of what runs, as Polaris reads it; nil: it only adds to the built-in checks.
    var list: Mark?
    /// Where `checks` stands.
    var checksMark: Mark?
    /// It says itself that it is of ours: `apiVersion: ke/…`, or fields and names that only we have.
    var isOurs = false
    /// Ids whose mutations are offered.
    var mutations: [String] = []
    var allowedRegistries: [String] = []
    var probeChecksOnJobs = false
    var problems: [DocumentProblem] = []
    /// Ids of checks that could not be compiled, with the reason.
    var broken: [(id: String, problem: DocumentProblem)] = []

    /// As `--config`, where Polaris has it replace the list of its defaults. A file that names checks of the cluster,
    /// or built-in ones by our ids, is one of ours.
    package mutating func readAsConfiguration() {
        guard let checksMark, !isOurs, !levels.isEmpty else { return }
        let known = Set(BuiltInChecks.checks.map(\.alias))
        let isPolaris = levels.allSatisfy { level in
            known.contains(level.id)
                || Catalogue.builtIn[level.id] == nil
                    && !BuiltInChecks.checks.contains { $0.answers(to: level.id) }
        }
        if isPolaris { list = checksMark }
    }
}
