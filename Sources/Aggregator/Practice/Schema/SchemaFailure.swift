/// One place in an instance that a schema does not accept.
struct SchemaFailure: Sendable, Equatable {
    static let valueBytesMax = 200

    /// From the instance's root.
    var path: [PathStep]
    /// The value as JSON, cut; empty where it is missing.
    var value: String
    /// What is expected there.
    var message: String
}
