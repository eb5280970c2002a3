/// One check's outcomes over all objects.
struct OutcomeCount: Equatable, Sendable {
    var finding = 0
    var healthy = 0
    var unobserved = 0
}
