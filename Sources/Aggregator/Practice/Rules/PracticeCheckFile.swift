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

    package static let bytesMax = 8 << 20
    static let checksMax = 2000

    var file: String
    var levels: [Level] = []
    var checks: [PracticeCheckDefinition] = []
    var exemptions: [Exemption] = []
    /// Ids whose mutations are offered.
    var mutations: [String] = []
    var allowedRegistries: [String] = []
    var probeChecksOnJobs = false
    var problems: [DocumentProblem] = []
    /// Ids of checks that could not be compiled, with the reason.
    var broken: [(id: String, problem: DocumentProblem)] = []
}
