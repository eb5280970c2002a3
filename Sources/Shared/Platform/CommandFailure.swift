/// A message for people on standard error, exit status 1.
package struct CommandFailure: Error, CustomStringConvertible {
    package let message: String
    package var description: String { message }

    package init(message: String) { self.message = message }
}
