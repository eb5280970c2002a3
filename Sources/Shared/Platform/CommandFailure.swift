/// A message for people on standard error, exit status 1.
public struct CommandFailure: Error, CustomStringConvertible {
    public let message: String
    public var description: String { message }

    public init(message: String) { self.message = message }
}
