import Foundation
package import Platform

/// `host:port` to listen on.
package struct ListenAddress: Equatable, Sendable {
    package let host: String
    package let port: Int

    /// `*` is every address of this machine, of both families where it has both.
    package var bound: String { host == "*" ? (Self.hasIPv6 ? "::" : "0.0.0.0") : host }

    /// The kernel has no such file where IPv6 is switched off.
    private static var hasIPv6: Bool { ((try? Files.text("/proc/net/if_inet6")) ?? "").isEmpty == false }

    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    package init(_ text: String) throws(CommandFailure) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port), colon != text.startIndex
        else { throw CommandFailure(message: "'\(text)' is not a valid host:port.") }
        host = String(text[..<colon]).trimmingCharacters(in: ["[", "]"])
        self.port = port
    }
}
