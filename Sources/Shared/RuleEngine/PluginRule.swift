/// One program, or what takes its place here.
package struct PluginRule: Sendable, Equatable {
    package enum Work: Sendable, Equatable {
        /// Runs without a shell.
        case program(path: String, arguments: [String])
        /// node-problem-detector's health-checker: our own probe of that component.
        case probe(check: String)
    }

    /// `file#number`.
    package var id: String
    package var isPermanent: Bool
    package var condition: String
    package var reason: String
    package var work: Work
    package var timeoutSeconds: Double
    package var intervalSeconds: Double
    package var outputBytesMax: Int
    package var origin: String
}
