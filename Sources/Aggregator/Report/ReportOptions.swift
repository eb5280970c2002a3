package import Findings

/// What the user asked to see.
package struct ReportOptions: Codable, Hashable, Sendable {
    package var windowSeconds = 3600.0
    package var severity = Severity.warning
    package var node: String?
    /// Only objects of this namespace, and what belongs to none.
    package var namespace: String?
    /// The reader may read `namespace` alone: what belongs to none is shown without texts, which may be of others.
    package var isLimited = false
    /// kubectl's `-l`.
    package var selector: String?
    package var only: [String] = []
    package var skip: [String] = []
    package var language = "en"
    /// Evidence, and each place of a workload that fails, which only some formats print.
    package var hasDetail = true
    /// What would have to be put into manifests, and where, which only code scanning reads.
    package var hasFixes = false

    package init(
        windowSeconds: Double = 3600.0, severity: Severity = Severity.warning, node: String? = nil,
        namespace: String? = nil, selector: String? = nil, only: [String] = [], skip: [String] = [],
        language: String = "en", hasDetail: Bool = true
    ) {
        self.windowSeconds = windowSeconds
        self.severity = severity
        self.node = node
        self.namespace = namespace
        self.selector = selector
        self.only = only
        self.skip = skip
        self.language = language
        self.hasDetail = hasDetail
    }

    /// Whether the same state answers both; they may ask for different parts of it.
    package func isEvaluated(like other: ReportOptions) -> Bool {
        windowSeconds == other.windowSeconds && only == other.only && skip == other.skip
    }
}
