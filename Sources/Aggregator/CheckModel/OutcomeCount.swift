/// One check's outcomes over all objects.
package struct OutcomeCount: Equatable, Sendable {
    package var finding = 0
    package var healthy = 0
    package var unobserved = 0

    package init(finding: Int = 0, healthy: Int = 0, unobserved: Int = 0) {
        self.finding = finding
        self.healthy = healthy
        self.unobserved = unobserved
    }
}
